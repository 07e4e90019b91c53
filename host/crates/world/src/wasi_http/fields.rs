//! Headers, as a guest makes and reads them.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use palisade_core::http::Header;

use crate::account::{Account, Charge};

/// Most bytes of one set of headers.
const MAX_BYTES: u64 = 128 << 10;
/// What a header takes beside its name and value.
const BYTES_PER_HEADER: u64 = 64;

/// Headers that are for the connection, which is the host's.
const FORBIDDEN: [&str; 9] = [
    "connection",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Headers, or trailers.
#[derive(Debug)]
pub struct Fields {
    headers: Vec<Header>,
    is_fixed: bool,
    charge: Charge,
}

/// Why headers are not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No name or no value of a header.
    Syntax,
    /// It is for the connection.
    Forbidden,
    /// They are part of a request or of an answer.
    Fixed,
    /// More than the host keeps: for what the guest does wrong there is no word in the interface.
    TooLarge,
}

impl Fields {
    /// No headers.
    pub(crate) fn empty(account: Arc<Account>) -> Self {
        Self { headers: Vec::new(), is_fixed: false, charge: Charge::of(account) }
    }

    /// These headers, to be read only.
    pub(crate) fn fixed(headers: Vec<Header>, account: Arc<Account>) -> Result<Self, Refusal> {
        let mut fields = Self::empty(account);
        fields.resize(headers.iter().map(size).sum())?;
        Ok(Self { headers, is_fixed: true, ..fields })
    }

    /// A copy that can be changed.
    pub(crate) fn copy(&self, account: Arc<Account>) -> Result<Self, Refusal> {
        Ok(Self { is_fixed: false, ..Self::fixed(self.headers.clone(), account)? })
    }

    /// The same, to be read only from now on.
    pub(crate) fn fix(self) -> Self {
        Self { is_fixed: true, ..self }
    }

    /// All of them, in their order.
    pub(crate) fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The values of a header.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value.as_str())
    }

    /// Adds a header.
    pub(crate) fn append(&mut self, name: &str, value: Vec<u8>) -> Result<(), Refusal> {
        let header = Header { name: self.changeable(name)?, value: text(value)? };
        self.resize(self.charge.bytes().saturating_add(size(&header)))?;
        self.headers.push(header);
        Ok(())
    }

    /// Puts these values in the place of those that a header has.
    pub(crate) fn set(&mut self, name: &str, values: Vec<Vec<u8>>) -> Result<(), Refusal> {
        let name = self.changeable(name)?;
        let header = |value| Ok(Header { name: name.clone(), value: text(value)? });
        let new = values.into_iter().map(header).collect::<Result<Vec<_>, _>>()?;
        let others = self.headers.iter().filter(|header| header.name != name);
        self.resize(others.chain(&new).map(size).sum())?;
        self.headers.retain(|header| header.name != name);
        self.headers.extend(new);
        Ok(())
    }

    fn resize(&mut self, bytes: u64) -> Result<(), Refusal> {
        if bytes > MAX_BYTES {
            return Err(Refusal::TooLarge);
        }
        self.charge.set(bytes).map_err(|_limit| Refusal::TooLarge)
    }

    /// The name as it is kept, of a header that may be changed.
    fn changeable(&self, name: &str) -> Result<String, Refusal> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Refusal::Syntax)?;
        if FORBIDDEN.contains(&name.as_str()) {
            return Err(Refusal::Forbidden);
        }
        if self.is_fixed { Err(Refusal::Fixed) } else { Ok(name.as_str().to_owned()) }
    }
}

/// What a header takes in memory.
fn size(header: &Header) -> u64 {
    (header.name.len() + header.value.len()) as u64 + BYTES_PER_HEADER
}

fn text(value: Vec<u8>) -> Result<String, Refusal> {
    HeaderValue::from_bytes(&value).map_err(|_| Refusal::Syntax)?;
    String::from_utf8(value).map_err(|_| Refusal::Syntax)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(limit: u64) -> (Arc<Account>, Fields) {
        let account = Arc::new(Account::new(limit));
        (account.clone(), Fields::empty(account))
    }

    #[test]
    fn headers_are_kept_in_their_order_and_found_by_any_case() {
        let (_, mut fields) = fields(1 << 20);
        for (name, value) in [("Accept", "a"), ("x-b", "b"), ("ACCEPT", "c")] {
            fields.append(name, value.into()).unwrap();
        }
        assert_eq!(fields.values("accept").collect::<Vec<_>>(), ["a", "c"]);
        fields.set("Accept", vec![b"d".to_vec()]).unwrap();
        assert_eq!(fields.headers(), [Header::new("x-b", "b"), Header::new("accept", "d")]);
        fields.set("accept", Vec::new()).unwrap();
        assert_eq!(fields.values("accept").count(), 0);
    }

    #[test]
    fn what_is_no_header_or_for_the_connection_is_refused() {
        let (_, mut fields) = fields(1 << 20);
        for (name, value) in [("", "a"), ("a b", "a"), ("a", "b\r\nc: d"), ("a\n", "b")] {
            assert_eq!(fields.append(name, value.into()), Err(Refusal::Syntax), "{name:?}");
        }
        assert_eq!(fields.append("a", vec![0xff]), Err(Refusal::Syntax));
        assert_eq!(fields.append("Host", b"a".to_vec()), Err(Refusal::Forbidden));
        assert_eq!(fields.set("transfer-encoding", vec![b"chunked".to_vec()]), Err(Refusal::Forbidden));
        let mut fixed = fields.fix();
        assert_eq!(fixed.append("a", b"b".to_vec()), Err(Refusal::Fixed));
        assert!(fixed.headers().is_empty());
    }

    #[test]
    fn they_are_bounded_and_charged() {
        let (account, mut fields) = fields(1 << 20);
        assert_eq!(fields.append("a", vec![b'a'; 128 << 10]), Err(Refusal::TooLarge));
        while fields.append("a", vec![b'a'; 1000]).is_ok() {}
        assert_eq!(fields.headers().len(), 123);
        let copy = fields.copy(account.clone()).unwrap();
        assert_eq!(account.peak(), 2 * 123 * (1001 + BYTES_PER_HEADER));
        drop((fields, copy));
        account.renew();
        assert_eq!(account.peak(), 0);
    }

    #[test]
    fn where_there_is_no_memory_nothing_changes() {
        let (account, mut fields) = fields(100);
        fields.append("a", b"b".to_vec()).unwrap();
        assert_eq!(fields.set("a", vec![vec![b'b'; 50]]), Err(Refusal::TooLarge));
        assert_eq!(fields.headers(), [Header::new("a", "b")]);
        assert!(account.was_exceeded());
    }
}
