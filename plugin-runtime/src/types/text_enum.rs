//! Enums that are plain text in JSON and preserve unknown values.

/// Declares a text enum: each variant with its text, and `Other(String)` for values of newer Velero releases.
macro_rules! text_enum {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident {
            $($(#[$variant_attribute:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_attribute])* #[doc = concat!("\n\n`", $text, "`")] $variant,)+
            /// A text unknown to this version of the crate, unchanged.
            Other(String),
        }

        impl $name {
            /// The text in the JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::from(String::deserialize(deserializer)?.as_str()))
            }
        }
    };
}

pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    #![allow(unreachable_pub)]

    text_enum! {
        /// A test.
        pub enum Colour {
            /// Red.
            Red = "red",
            /// Blue.
            Blue = "light-blue",
        }
    }

    #[test]
    fn known_and_unknown_texts_round_trip() {
        for (text, colour) in
            [("red", Colour::Red), ("light-blue", Colour::Blue), ("Red", Colour::Other("Red".into()))]
        {
            let json = format!("\"{text}\"");
            assert_eq!(serde_json::from_str::<Colour>(&json).unwrap(), colour);
            assert_eq!(serde_json::to_string(&colour).unwrap(), json);
            assert_eq!(colour.to_string(), text);
        }
        assert_eq!(format!("{:>5}", Colour::Red), "  red");
    }
}
