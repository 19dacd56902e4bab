//! Parameters on their way to the server, and ids on their way back. It must not know any table.

use bytes::BytesMut;
use grantd_protocol::id::RawId;
use grantd_protocol::{ScopeSet, SecretHash, Timestamp};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// One parameter. Its `Debug` shows nothing: it can be a hash or a person's data.
#[derive(Clone)]
pub(super) enum Value {
    Null,
    Id(RawId),
    Shared(Arc<str>),
    Text(String),
    Name(&'static str),
    Int(i64),
    Flag(bool),
    Bytes(Vec<u8>),
    Names(Vec<Arc<str>>),
    Numbers(Vec<i64>),
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Value(…)")
    }
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Id(id) => {
                out.extend_from_slice(id);
                Ok(IsNull::No)
            }
            Self::Shared(text) => (&**text).to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Name(text) => text.to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Flag(flag) => flag.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
            Self::Numbers(numbers) => numbers.to_sql(kind, out),
            Self::Names(names) => names.iter().map(|name| &**name).collect::<Vec<_>>().to_sql(kind, out),
        }
    }

    /// The statements spell every parameter's type out.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The 16 bytes of a `uuid`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id(pub(super) RawId);

impl ToSql for Id {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::UUID
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Id {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.try_into()?))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::UUID
    }
}

macro_rules! from {
    ($($source:ty => |$name:ident| $value:expr;)+) => {$(
        impl From<$source> for Value {
            fn from($name: $source) -> Self {
                $value
            }
        }
    )+};
}

from! {
    RawId => |id| Self::Id(id);
    Arc<str> => |text| Self::Shared(text);
    &Arc<str> => |text| Self::Shared(Arc::clone(text));
    String => |text| Self::Text(text);
    &str => |text| Self::Text(text.to_owned());
    &ScopeSet => |scope| Self::Shared(scope.shared());
    i64 => |number| Self::Int(number);
    u32 => |number| Self::Int(i64::from(number));
    // A version or a count: it never comes near the end of either type.
    u64 => |number| Self::Int(i64::try_from(number).unwrap_or(i64::MAX));
    Timestamp => |at| Self::Int(at.millis());
    bool => |flag| Self::Flag(flag);
    SecretHash => |hash| Self::Bytes(hash.as_bytes().to_vec());
    [u8; 32] => |bytes| Self::Bytes(bytes.to_vec());
    Vec<u8> => |bytes| Self::Bytes(bytes);
    Vec<Arc<str>> => |names| Self::Names(names);
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
