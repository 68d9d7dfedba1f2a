//! What lists answer with: each is a component named after what it holds, such as `HospitalCollection`.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// One page of a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// How many items a page holds at most.
    pub page_size: i32,
    /// The next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A whole list.
#[derive(Serialize)]
pub struct List<T> {
    /// All items.
    pub items: Vec<T>,
    /// How many there are.
    pub total: i64,
}

impl<T> List<T> {
    /// The list of these items.
    pub fn of(items: Vec<T>) -> List<T> {
        List { total: i64::try_from(items.len()).unwrap_or(i64::MAX), items }
    }
}

/// All versions of something, the latest first.
#[derive(Serialize)]
pub struct Versions<T> {
    /// The versions.
    pub items: Vec<T>,
}

/// A schema with items and the properties that are mandatory beside them.
fn schema<T: ToSchema>(description: &str, numbers: &[&str], mut properties: Value) -> RefOr<Schema> {
    let reference = format!("#/components/schemas/{}", T::name());
    properties["items"] = json!({"type": "array", "description": "The items.", "items": {"$ref": reference}});
    let required = [&["items"], numbers].concat();
    let schema = json!({"type": "object", "description": description, "required": required,
        "properties": properties});
    // If it failed to convert, a contract test would find the empty schema.
    serde_json::from_value(schema).unwrap_or_else(|_| RefOr::T(Schema::default()))
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let others = json!({
            "pageSize": {"type": "integer", "format": "int32", "description": "How many items a page holds at most."},
            "next": {"type": "string", "format": "uri", "description": "The next page; absent on the last one."},
        });
        schema::<T>("One page of a list.", &["pageSize"], others)
    }
}

impl<T: ToSchema> PartialSchema for List<T> {
    fn schema() -> RefOr<Schema> {
        let others = json!({"total": {"type": "integer", "format": "int64", "description": "How many there are."}});
        schema::<T>("A whole list.", &["total"], others)
    }
}

impl<T: ToSchema> PartialSchema for Versions<T> {
    fn schema() -> RefOr<Schema> {
        schema::<T>("All versions, the latest first.", &[], json!({}))
    }
}

macro_rules! named_after_items {
    ($($collection:ident $suffix:literal)*) => {$(
        impl<T: ToSchema> ToSchema for $collection<T> {
            fn name() -> Cow<'static, str> {
                format!(concat!("{}", $suffix), T::name()).into()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push((T::name().into(), T::schema()));
                T::schemas(schemas);
            }
        }
    )*};
}

named_after_items!(Page "Collection" List "Collection" Versions "VersionCollection");
