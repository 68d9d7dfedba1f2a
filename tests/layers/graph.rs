//! The dependencies between the files of a crate, from `use`s and inline paths, each followed to the file that defines
//! the item. Tests are ignored, and `mod` alone is no dependency.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The path of a module within its crate; empty for the root.
type Module = Vec<String>;

/// A name re-exported more often than this is taken for a re-export of itself.
const MAX_STEPS: usize = 20;

/// A name imported by a `use`; `*` for all of a module.
struct Use {
    within: Module,
    path: Vec<String>,
    name: String,
    exported: bool,
}

/// What is read from a file.
#[derive(Default)]
struct File {
    path: String,
    children: BTreeSet<String>,
    defined: BTreeSet<String>,
    uses: Vec<Use>,
    /// Inline paths, with their module.
    paths: Vec<(Module, Vec<String>)>,
    /// Names outside `use`: types, modules before `::`, called functions and macros.
    said: BTreeSet<String>,
}

/// The files of a crate by module.
#[derive(Default)]
pub struct Crate(BTreeMap<Module, File>);

/// The names that one file takes from another.
pub type Arrows = BTreeMap<(String, String), BTreeSet<String>>;

impl Crate {
    /// Reads every file below a folder, except tests and `main.rs`, which is a crate of its own.
    pub fn read(folder: &Path) -> Crate {
        let mut found = Crate::default();
        found.read_folder(folder, folder);
        found
    }

    fn read_folder(&mut self, root: &Path, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            if path.is_dir() {
                self.read_folder(root, &path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !(stem == "main" || stem == "tests" || stem.ends_with("_tests"))
            {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                self.add(name, &fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// Adds a file by its path below `src`.
    pub fn add(&mut self, path: &str, text: &str) {
        let mut module: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        module.pop_if(|last| last == "mod" || last == "lib");
        let mut file = File { path: path.to_owned(), ..File::default() };
        file.read(text.parse().unwrap_or_else(|error| panic!("{path}: {error}")), &module);
        self.0.insert(module, file);
    }

    /// Every dependency between two files. A `pub use` counts only if its own file uses the name too; others that take
    /// the name from there depend on the file that defines it.
    pub fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for file in self.0.values() {
            let uses = file.uses.iter().filter(|used| !used.exported || file.said.contains(&used.name));
            let uses = uses.map(|used| (&used.within, &used.path));
            for (within, path) in uses.chain(file.paths.iter().map(|(within, path)| (within, path))) {
                if let Some((target, name)) = self.resolve(within, path, 0)
                    && target.path != file.path
                {
                    arrows.entry((file.path.clone(), target.path.clone())).or_default().insert(name);
                }
            }
        }
        arrows
    }

    /// The file of a module, or for an inline one that of the surrounding module.
    fn file(&self, module: &[String]) -> Option<&File> {
        (0..=module.len()).rev().find_map(|length| self.0.get(&module[..length]))
    }

    /// The file to which a path leads, and the item there; none for other crates and local items of a function.
    fn resolve(&self, within: &[String], path: &[String], steps: usize) -> Option<(&File, String)> {
        let (first, rest) = path.split_first().filter(|_| steps < MAX_STEPS)?;
        match first.as_str() {
            "crate" => self.walk(&[], rest, steps),
            "self" => self.walk(within, rest, steps),
            "super" => {
                let above = &within[..within.len().checked_sub(1)?];
                if rest.first().is_some_and(|next| next == "super") {
                    self.resolve(above, rest, steps)
                } else {
                    self.walk(above, rest, steps)
                }
            }
            name => {
                let file = self.file(within)?;
                if file.children.contains(name) {
                    return self.walk(within, path, steps);
                }
                let used = file.uses.iter().find(|used| used.name == *name && used.path != [name])?;
                self.resolve(&used.within, &[&used.path, rest].concat(), steps + 1)
            }
        }
    }

    fn walk(&self, module: &[String], path: &[String], steps: usize) -> Option<(&File, String)> {
        let file = self.file(module)?;
        let Some((name, rest)) = path.split_first() else { return Some((file, module.last()?.clone())) };
        let child = [module, std::slice::from_ref(name)].concat();
        if self.0.contains_key(&child) {
            return self.walk(&child, rest, steps);
        }
        if file.defined.contains(name) {
            return Some((file, name.clone()));
        }
        if let Some(used) = file.uses.iter().find(|used| used.name == *name && used.path != [name.clone()]) {
            return self.resolve(&used.within, &[&used.path, rest].concat(), steps + 1);
        }
        let globs = file.uses.iter().filter(|used| used.name == "*");
        let mut targets = globs.filter_map(|used| self.resolve(&used.within, &used.path, steps + 1));
        let target = targets.find(|(target, _)| target.defined.contains(name));
        Some((target.map_or(file, |(target, _)| target), name.clone()))
    }
}

impl File {
    fn read(&mut self, tokens: TokenStream, within: &Module) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) if is_for_tests(group) => {
                    // Up to the end of the item.
                    let ends = |token: &TokenTree| is(token, ';') || braced(token).is_some();
                    at += tokens[at..].iter().position(ends).map_or(0, |length| length + 1);
                }
                TokenTree::Group(group) => self.read(group.stream(), within),
                TokenTree::Ident(word) if word == "use" && word_at(&tokens, at).is_some() => {
                    let end = at + tokens[at..].iter().position(|token| is(token, ';')).unwrap();
                    let exported = at >= 2 && is_public(&tokens[..at - 1]);
                    self.read_use(&tokens[at..end], Vec::new(), within, exported);
                    at = end;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    let name = word_at(&tokens, at).unwrap();
                    match tokens.get(at + 1).and_then(braced) {
                        Some(body) => self.read(body.stream(), &[&within[..], std::slice::from_ref(&name)].concat()),
                        None => _ = self.children.insert(name),
                    }
                    at += 2;
                }
                TokenTree::Ident(word) => {
                    let (start, mut path) = (at - 1, vec![word.to_string()]);
                    while let Some(next) = next_of_path(&tokens[at..]) {
                        path.push(next);
                        at += 3;
                    }
                    let called = tokens.get(at).is_some_and(|next| is(next, '!') || is_call(next));
                    let of_something = tokens[..start].last().is_some_and(|token| is(token, '.'));
                    if path.len() > 1 || path[0].starts_with(char::is_uppercase) || called && !of_something {
                        self.said.insert(path[0].clone());
                    }
                    let defines = ["fn", "struct", "enum", "trait", "type", "const", "static"];
                    if defines.contains(&path[0].as_str()) {
                        self.defined.extend(word_at(&tokens, at));
                    } else if path[0] == "macro_rules" {
                        self.defined.extend(word_at(&tokens, at + 1));
                    }
                    if path.len() > 1 {
                        self.paths.push((within.clone(), path));
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// `a::b`, `a as b`, `a::*` or `a::{…}`, after a prefix.
    fn read_use(&mut self, tokens: &[TokenTree], mut path: Vec<String>, within: &Module, exported: bool) {
        let mut name = None;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    name = word_at(tokens, at + 1);
                    break;
                }
                // `{self}` is the prefix itself.
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Punct(star) if star.as_char() == '*' => name = Some("*".to_owned()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for one in inner.split(|token| is(token, ',')).filter(|one| !one.is_empty()) {
                        self.read_use(one, path.clone(), within, exported);
                    }
                    return;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
        let name = name.unwrap_or_else(|| path.last().unwrap().clone());
        self.uses.push(Use { within: within.clone(), path, name, exported });
    }
}

fn is_for_tests(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// Whether the tokens end in `pub` or `pub(…)`.
fn is_public(tokens: &[TokenTree]) -> bool {
    let is_pub = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(word)) if word == "pub");
    let (last, before) = (tokens.last(), tokens.iter().rev().nth(1));
    is_pub(last) || matches!(last, Some(TokenTree::Group(_))) && is_pub(before)
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn braced(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    }
}

fn is_call(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis)
}

fn word_at(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at) {
        Some(TokenTree::Ident(word)) => Some(word.to_string()),
        _ => None,
    }
}

/// The word after `::`.
fn next_of_path(tokens: &[TokenTree]) -> Option<String> {
    let colons = tokens.len() > 2 && is(&tokens[0], ':') && is(&tokens[1], ':');
    word_at(tokens, 2).filter(|_| colons)
}
