//! Types of a draft, however incomplete (COV-01).

/// Declares a struct whose every field may be missing. It is not printed, because it holds identities and what is known
/// of somebody's health (BEN-04).
macro_rules! draft {
    ($(#[doc = $about:literal])* $name:ident as $shown:ident {
        $($(#[doc = $doc:literal])* $(#[schema($($hint:tt)*)])? $field:ident: $type:ty,)*
    }) => {
        $(#[doc = $about])*
        #[derive(Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "camelCase")]
        #[schema(as = $shown)]
        pub struct $name {
            $(
                $(#[doc = $doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[schema(nullable = false $(, $($hint)*)?)]
                pub $field: Option<$type>,
            )*
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    };
}
pub(super) use draft;
