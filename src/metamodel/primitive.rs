//! What the values of a data type are.

/// The kinds of values that data types have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primitive {
    /// True or false.
    Boolean,
    /// A whole number within bounds.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A whole number without bounds, kept as it is written.
    BigInteger,
    /// A floating-point number of 32 bits.
    Float,
    /// A floating-point number of 64 bits.
    Double,
    /// A decimal number, kept as it is written.
    BigDecimal,
    /// Text.
    String,
    /// One character.
    Char,
    /// A date, kept as it is written.
    Date,
    /// Bytes, kept as hexadecimal text.
    Bytes,
    /// Anything else: text that is kept.
    Opaque,
}

/// 32 bits.
pub(super) const INT: Primitive = Primitive::Integer {
    min: i32::MIN as i64,
    max: i32::MAX as i64,
};

const LONG: Primitive = Primitive::Integer {
    min: i64::MIN,
    max: i64::MAX,
};
const SHORT: Primitive = Primitive::Integer {
    min: i16::MIN as i64,
    max: i16::MAX as i64,
};
const BYTE: Primitive = Primitive::Integer {
    min: i8::MIN as i64,
    max: i8::MAX as i64,
};

/// What the values of a Java class are.
const BY_CLASS: &[(&str, Primitive)] = &[
    ("boolean", Primitive::Boolean),
    ("byte", BYTE),
    ("byte[]", Primitive::Bytes),
    ("char", Primitive::Char),
    ("double", Primitive::Double),
    ("float", Primitive::Float),
    ("int", INT),
    ("java.lang.Boolean", Primitive::Boolean),
    ("java.lang.Byte", BYTE),
    ("java.lang.Character", Primitive::Char),
    ("java.lang.Double", Primitive::Double),
    ("java.lang.Float", Primitive::Float),
    ("java.lang.Integer", INT),
    ("java.lang.Long", LONG),
    ("java.lang.Short", SHORT),
    ("java.lang.String", Primitive::String),
    ("java.math.BigDecimal", Primitive::BigDecimal),
    ("java.math.BigInteger", Primitive::BigInteger),
    ("java.util.Date", Primitive::Date),
    ("long", LONG),
    ("short", SHORT),
];

/// Data types without a Java class that tools of the KM3 family mean by their names alone.
const BY_CONVENTION: &[(&str, Primitive)] = &[
    ("Boolean", Primitive::Boolean),
    ("Double", Primitive::Double),
    ("Float", Primitive::Float),
    ("Integer", INT),
    ("Real", Primitive::Double),
    ("String", Primitive::String),
];

impl Primitive {
    /// The values of a data type, by its Java class, else by its name; anything else is kept as text.
    pub fn of(name: &str, java_class: Option<&str>) -> Self {
        let by_class = |class: &str| BY_CLASS.iter().find(|row| row.0 == class).map(|row| row.1);
        let by_name = || {
            BY_CONVENTION
                .iter()
                .find(|row| row.0 == name)
                .map(|row| row.1)
        };
        java_class
            .map_or_else(by_name, by_class)
            .unwrap_or(Self::Opaque)
    }

    /// Whether values of a Java class cannot be null, so that an attribute that declares no default has Java's zero.
    pub(crate) fn is_java_primitive(class: &str) -> bool {
        matches!(
            class,
            "boolean" | "byte" | "char" | "double" | "float" | "int" | "long" | "short"
        )
    }

    /// How people call such a value, with its article.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Boolean => "true or false",
            Self::Integer { .. } | Self::BigInteger => "a whole number",
            Self::Float | Self::Double | Self::BigDecimal => "a number",
            Self::String | Self::Opaque => "text",
            Self::Char => "one character",
            Self::Date => "a date such as 2026-01-02T03:04:05.000+0000",
            Self::Bytes => "hexadecimal bytes",
        }
    }
}
