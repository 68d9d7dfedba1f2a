//! Cuts a stream of bytes into records of a fixed length, with or without line breaks between them (BIL-05).

/// What stands between two records; a file keeps to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    /// Nothing.
    Nothing,
    /// A line feed.
    Lf,
    /// A carriage return and a line feed.
    CrLf,
}

impl Separator {
    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Separator::Nothing => b"",
            Separator::Lf => b"\n",
            Separator::CrLf => b"\r\n",
        }
    }
}

/// A piece of the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a, const N: usize> {
    /// A record of the right length, and what follows it.
    Record(&'a [u8; N], Separator),
    /// A record of another length, in bytes.
    Broken(usize),
}

/// How far a missing or surplus position is looked for.
const DRIFT: usize = 3;
/// Type and number of a record: its first two zones.
const START: usize = 8;

/// Cuts what it is fed, however it is cut itself, and holds no more than two records of it.
///
/// Without line breaks a record that lacks a position would shift all after it. So where the next record does not
/// begin as one, it is looked for a few positions around, by its type and number.
pub struct Framer<const N: usize> {
    held: Vec<u8>,
    separator: Option<Separator>,
    /// Within a line that is too long: how much of it has gone by, and whether that ends with a carriage return.
    skipped: Option<(usize, bool)>,
}

impl<const N: usize> Default for Framer<N> {
    fn default() -> Self {
        Framer { held: Vec::new(), separator: None, skipped: None }
    }
}

impl<const N: usize> Framer<N> {
    /// What stands between the records; `None` before the end of the first.
    #[must_use]
    pub const fn separator(&self) -> Option<Separator> {
        self.separator
    }

    /// Takes some bytes and gives the records that are complete.
    pub fn feed(&mut self, bytes: &[u8], on: &mut impl FnMut(Frame<'_, N>)) {
        self.held.extend_from_slice(bytes);
        self.cut(false, on);
    }

    /// Gives what is left at the end of the file.
    pub fn finish(&mut self, on: &mut impl FnMut(Frame<'_, N>)) {
        self.cut(true, on);
        if let Some((length, _)) = self.skipped.take() {
            on(Frame::Broken(length));
        }
    }

    fn cut(&mut self, end: bool, on: &mut impl FnMut(Frame<'_, N>)) {
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while !rest.is_empty() && (end || self.skipped.is_some() || rest.len() >= N + DRIFT + START) {
            if let Some((length, after_return)) = self.skipped {
                rest = self.skip(rest, length, after_return, on);
                continue;
            }
            let (length, separator) = self.next(rest);
            let Some(separator) = separator else {
                self.skipped = Some((0, false));
                continue;
            };
            match rest[..length].try_into() {
                Ok(record) => on(Frame::Record(record, separator)),
                Err(_) => on(Frame::Broken(length)),
            }
            let used = length + separator.bytes().len();
            // The last record may do without the line break that follows all others.
            if used < rest.len() || separator != Separator::Nothing {
                self.separator = Some(separator);
            }
            rest = &rest[used..];
        }
        self.held = rest.to_vec();
    }

    /// The length of the next record and what follows it; no separator means a line that is too long.
    fn next(&self, rest: &[u8]) -> (usize, Option<Separator>) {
        // What follows the record tells nearly always, without a look at all of it.
        if let Some(separator @ (Separator::Lf | Separator::CrLf)) = self.separator
            && rest.get(N..).is_some_and(|after| after.starts_with(separator.bytes()))
        {
            return (N, Some(separator));
        }
        let lines = self.separator.is_some_and(|one| one != Separator::Nothing);
        let plain = self.separator == Some(Separator::Nothing);
        let from = if plain { N } else { 0 };
        if let Some(at) = (from..rest.len().min(N + 2)).find(|at| rest[*at] == b'\n') {
            let (length, separator) = match rest[..at].strip_suffix(b"\r") {
                Some(line) => (line.len(), Separator::CrLf),
                None => (at, Separator::Lf),
            };
            // Without line breaks, one within a record is only a wrong character.
            if !plain || length == N {
                return (length, Some(separator));
            }
        }
        match rest.len() {
            length if length <= N => (length, Some(Separator::Nothing)),
            _ if lines => (N, None),
            _ => (Self::drifted(rest).unwrap_or(N), Some(Separator::Nothing)),
        }
    }

    /// The length of this record if the next one begins earlier or later than it should.
    fn drifted(rest: &[u8]) -> Option<usize> {
        let number = |at: usize| {
            let start = rest.get(at..at + START)?;
            start.iter().try_fold(0_u64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u64::from(b - b'0')))
        };
        let expected = number(0)? % 1_000_000 + 1;
        let next_begins = |at: usize| number(at).is_some_and(|start| start % 1_000_000 == expected);
        let around = (1..=DRIFT).flat_map(|by| [N - by, N + by]);
        around.into_iter().find(|at| next_begins(*at)).filter(|_| !next_begins(N))
    }

    /// Drops a line that is too long, up to its end.
    fn skip<'a>(
        &mut self,
        rest: &'a [u8],
        length: usize,
        after_return: bool,
        on: &mut impl FnMut(Frame<'_, N>),
    ) -> &'a [u8] {
        let Some(at) = rest.iter().position(|byte| *byte == b'\n') else {
            self.skipped = Some((length + rest.len(), rest.last() == Some(&b'\r')));
            return &[];
        };
        let returned = if at == 0 { after_return } else { rest[at - 1] == b'\r' };
        self.skipped = None;
        on(Frame::Broken(length + at - usize::from(returned)));
        &rest[at + 1..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Records of twelve positions: type, number, and a filler.
    fn record(number: u32) -> String {
        format!("20{number:06}abcd")
    }

    fn cut(bytes: &[u8], by: usize) -> Vec<String> {
        let (mut framer, mut found) = (Framer::<12>::default(), Vec::new());
        let mut on = |frame: Frame<'_, 12>| {
            found.push(match frame {
                Frame::Record(bytes, separator) => format!("{} {separator:?}", String::from_utf8_lossy(bytes)),
                Frame::Broken(length) => format!("broken {length}"),
            });
        };
        bytes.chunks(by.max(1)).for_each(|chunk| framer.feed(chunk, &mut on));
        framer.finish(&mut on);
        found
    }

    fn of(parts: &[&str]) -> Vec<String> {
        let all = parts.concat();
        cut(all.as_bytes(), all.len())
    }

    /// BIL-05: records follow one another with LF, CRLF or nothing between them; the last may end without.
    #[rstest]
    #[case("", "", "Nothing", "Nothing")]
    #[case("\n", "\n", "Lf", "Lf")]
    #[case("\r\n", "\r\n", "CrLf", "CrLf")]
    #[case("\r\n", "", "CrLf", "Nothing")]
    fn records_are_cut(#[case] between: &str, #[case] after: &str, #[case] name: &str, #[case] last: &str) {
        let [one, two, three] = [1, 2, 3].map(record);
        let found = of(&[&one, between, &two, between, &three, after]);
        assert_eq!(found, [format!("{one} {name}"), format!("{two} {name}"), format!("{three} {last}")]);
    }

    /// BIL-05: a record that lacks a position or has one too many is told, and the next is found again.
    #[rstest]
    #[case("")]
    #[case("\n")]
    #[case("\r\n")]
    fn a_broken_record_shifts_no_other(#[case] between: &str, #[values("abc", "abcde", "ab", "abcdefg")] filler: &str) {
        let [one, two, three] = [1, 2, 3].map(record);
        let broken = format!("20000002{filler}");
        let found = of(&[&one, between, &broken, between, &three, between, &record(4)]);
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found[1], format!("broken {}", broken.len()));
        assert!(found[0].starts_with(&one) && found[2].starts_with(&three), "{found:?} {two}");
    }

    /// BIL-05: a line of any length is dropped without being held.
    #[test]
    fn a_long_line_is_not_held() {
        let mut framer = Framer::<12>::default();
        let (mut lengths, mut records) = (Vec::new(), 0);
        let mut on = |frame: Frame<'_, 12>| match frame {
            Frame::Broken(length) => lengths.push(length),
            Frame::Record(..) => records += 1,
        };
        framer.feed(format!("{}\r\n", record(1)).as_bytes(), &mut on);
        for _ in 0..1000 {
            framer.feed(&[b'x'; 1000], &mut on);
            assert!(framer.held.len() < 100);
        }
        framer.feed(b"\r", &mut on);
        framer.feed(format!("\n{}", record(3)).as_bytes(), &mut on);
        framer.finish(&mut on);
        assert_eq!((lengths, records), (vec![1_000_000], 2));
    }

    proptest! {
        /// BIL-05: how the bytes are cut on their way changes nothing, whatever they are.
        #[test]
        fn chunks_do_not_matter(text in "(20|30|x)?[0-9]{0,3}[0-9a\n\r]{0,60}", by in 1_usize..40) {
            prop_assert_eq!(cut(text.as_bytes(), by), cut(text.as_bytes(), usize::MAX));
        }
    }
}
