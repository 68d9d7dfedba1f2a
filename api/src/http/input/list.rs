//! Lists in a JSON object.

use insula_domain::{
    exact::Exact,
    refusal::{Fault, Reason},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    field::Field,
    form::identifier,
    reader::Reader,
    value::{decimal, once, one_of_names, person, plain_fault, searched_text, too_many, wrong_type},
};

impl<'a> Reader<'a> {
    /// Reads each entry of a list with `read`; empty when the list is absent. The faults of `read` are about the
    /// entry.
    pub fn each<T>(
        &mut self,
        name: &'static str,
        max: usize,
        mut read: impl FnMut(&'a Value) -> Result<T, Fault>,
    ) -> Field<Vec<T>> {
        self.entries(name, max, |reader, at, value| {
            Field(read(value).map_err(|fault| reader.faults.record(fault.under(at))))
        })
    }

    /// Reads the objects of a list, each with its faults under its own position; empty when the list is absent.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        max: usize,
        read: impl Fn(&mut Reader) -> Field<T>,
    ) -> Field<Vec<T>> {
        self.entries(name, max, |reader, at, value| reader.inner(at, value, &read))
    }

    /// The same of at least one object.
    pub fn some_objects<T>(
        &mut self,
        name: &'static str,
        max: usize,
        read: impl Fn(&mut Reader) -> Field<T>,
    ) -> Field<Vec<T>> {
        let objects = self.objects(name, max, read);
        self.at_least_one(name, objects)
    }

    fn entries<T>(
        &mut self,
        name: &'static str,
        max: usize,
        mut read: impl FnMut(&mut Reader, &str, &'a Value) -> Field<T>,
    ) -> Field<Vec<T>> {
        let entries = self.value(name, |value| {
            let entries = value.as_array().ok_or_else(|| wrong_type("array"))?;
            if entries.len() > max { Err(too_many(max)) } else { Ok(entries) }
        });
        match entries.0 {
            Ok(entries) => {
                let entries = entries.into_iter().flatten().enumerate();
                entries.map(|(index, value)| read(self, &format!("{name}[{index}]"), value)).collect()
            }
            Err(unread) => Field(Err(unread)),
        }
    }

    /// A list of texts of at most `max` characters, none with a national number (BEN-04); empty when it is absent.
    pub fn texts(&mut self, name: &'static str, most: usize, max: usize) -> Field<Vec<String>> {
        self.each(name, most, |value| Ok(searched_text(value, max)?.to_owned()))
    }

    /// A list of numbers from 0 to `max`, of at most four decimals, as text; empty when it is absent.
    pub fn decimals(&mut self, name: &'static str, most: usize, max: i64) -> Field<Vec<Exact>> {
        self.each(name, most, |value| decimal(value, max))
    }

    /// A list of persons, each once; empty when it is absent.
    pub fn persons(&mut self, name: &'static str, max: usize) -> Field<Vec<String>> {
        let mut earlier = Vec::new();
        self.each(name, max, |value| {
            let text = value.as_str().ok_or_else(|| wrong_type("string"))?;
            let person = person(text).ok_or_else(|| plain_fault(Reason::NotAnIdentifier))?;
            once(text, &mut earlier)?;
            Ok(person)
        })
    }

    /// Identifiers, each once; empty when the list is absent.
    pub fn uuids(&mut self, name: &'static str, max: usize) -> Field<Vec<Uuid>> {
        let mut earlier = Vec::new();
        self.each(name, max, |value| {
            let text = value.as_str().ok_or_else(|| wrong_type("string"))?;
            let uuid = identifier(text).ok_or_else(|| plain_fault(Reason::NotAnIdentifier))?;
            if earlier.contains(&uuid) {
                return Err(plain_fault(Reason::Repeated));
            }
            earlier.push(uuid);
            Ok(uuid)
        })
    }

    /// At least one identifier, each once.
    pub fn some_uuids(&mut self, name: &'static str, max: usize) -> Field<Vec<Uuid>> {
        let uuids = self.uuids(name, max);
        self.at_least_one(name, uuids)
    }

    fn at_least_one<T>(&mut self, name: &'static str, some: Field<Vec<T>>) -> Field<Vec<T>> {
        self.required(name, some.map(|some| Some(some).filter(|some| !some.is_empty())))
    }

    /// Several of the allowed names, each once; empty when absent.
    pub fn any_of<T: Copy>(&mut self, name: &'static str, names: &[(&'static str, T)]) -> Field<Vec<T>> {
        let mut earlier = Vec::new();
        self.each(name, names.len(), |value| {
            let (name, one) = one_of_names(value.as_str().ok_or_else(|| wrong_type("string"))?, names)?;
            once(name, &mut earlier)?;
            Ok(one)
        })
    }

    /// At least one of the allowed names, each once.
    pub fn some_of<T: Copy>(&mut self, name: &'static str, names: &[(&'static str, T)]) -> Field<Vec<T>> {
        let some = self.any_of(name, names);
        self.at_least_one(name, some)
    }

    /// A list of two texts, each parsed by `parse`.
    pub fn pair<T>(
        &mut self,
        name: &'static str,
        reason: Reason,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Field<Option<[T; 2]>> {
        let Some(value) = self.get(name) else { return Field(Ok(None)) };
        let Some(entries) = value.as_array() else {
            return Field(Err(self.faults.record(wrong_type("array").under(name))));
        };
        let number = if entries.len() > 2 { Err(self.faults.record(too_many(2).under(name))) } else { Ok(()) };
        let [first, second] = [0, 1].map(|index| {
            let text = match entries.get(index).map(Value::as_str) {
                None => Err(plain_fault(Reason::Required)),
                Some(text) => text.ok_or_else(|| wrong_type("string")),
            };
            let read = text.and_then(|text| parse(text).ok_or_else(|| plain_fault(reason)));
            read.map_err(|fault| self.faults.record(fault.under(&format!("{name}[{index}]"))))
        });
        Field(number.and_then(|()| Ok(Some([first?, second?]))))
    }

    /// The same, mandatory.
    pub fn required_pair<T>(
        &mut self,
        name: &'static str,
        reason: Reason,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Field<[T; 2]> {
        let pair = self.pair(name, reason, parse);
        self.required(name, pair)
    }
}
