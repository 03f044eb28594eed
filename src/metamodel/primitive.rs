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

/// Ecore's own data types: name, Java class, values.
pub(crate) const ECORE_TYPES: &[(&str, &str, Primitive)] = &[
    ("EBigDecimal", "java.math.BigDecimal", Primitive::BigDecimal),
    ("EBigInteger", "java.math.BigInteger", Primitive::BigInteger),
    ("EBoolean", "boolean", Primitive::Boolean),
    ("EBooleanObject", "java.lang.Boolean", Primitive::Boolean),
    ("EByte", "byte", BYTE),
    ("EByteArray", "byte[]", Primitive::Bytes),
    ("EByteObject", "java.lang.Byte", BYTE),
    ("EChar", "char", Primitive::Char),
    ("ECharacterObject", "java.lang.Character", Primitive::Char),
    ("EDate", "java.util.Date", Primitive::Date),
    ("EDouble", "double", Primitive::Double),
    ("EDoubleObject", "java.lang.Double", Primitive::Double),
    ("EFloat", "float", Primitive::Float),
    ("EFloatObject", "java.lang.Float", Primitive::Float),
    ("EInt", "int", INT),
    ("EIntegerObject", "java.lang.Integer", INT),
    ("EJavaClass", "java.lang.Class", Primitive::Opaque),
    ("EJavaObject", "java.lang.Object", Primitive::Opaque),
    ("ELong", "long", LONG),
    ("ELongObject", "java.lang.Long", LONG),
    ("EShort", "short", SHORT),
    ("EShortObject", "java.lang.Short", SHORT),
    ("EString", "java.lang.String", Primitive::String),
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
        let by_class = |class: &str| {
            ECORE_TYPES
                .iter()
                .find(|row| row.1 == class)
                .map(|row| row.2)
        };
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

    /// The Java default of an attribute that declares none; objects have none.
    pub(crate) fn is_java_primitive(name: &str) -> bool {
        matches!(
            name,
            "EBoolean" | "EByte" | "EChar" | "EDouble" | "EFloat" | "EInt" | "ELong" | "EShort"
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
            Self::Date => "a date",
            Self::Bytes => "hexadecimal bytes",
        }
    }
}
