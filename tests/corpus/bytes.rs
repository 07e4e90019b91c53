//! Components from WebAssembly text, and by the byte where that is too slow or would not be let through.

/// A component from its fields in WebAssembly text.
pub(crate) fn component(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {fields})")).unwrap_or_else(|error| panic!("{error}"))
}

/// Ids of sections: of a module, and of a component.
pub(crate) mod id {
    pub(crate) const CUSTOM: u8 = 0;
    pub(crate) const MODULE_TYPES: u8 = 1;
    pub(crate) const MODULE_FUNCTIONS: u8 = 3;
    pub(crate) const MODULE_CODE: u8 = 10;
    pub(crate) const CORE_MODULE: u8 = 1;
    pub(crate) const CORE_INSTANCE: u8 = 2;
    pub(crate) const COMPONENT: u8 = 4;
    pub(crate) const COMPONENT_TYPES: u8 = 7;
}

/// A component of these sections.
pub(crate) fn raw_component(sections: &[u8]) -> Vec<u8> {
    [&b"\0asm\x0d\0\x01\0"[..], sections].concat()
}

/// A component that holds a core module of these sections.
pub(crate) fn raw_module(sections: &[u8]) -> Vec<u8> {
    raw_component(&section(id::CORE_MODULE, &[&b"\0asm\x01\0\0\0"[..], sections].concat()))
}

/// A section.
pub(crate) fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &number(content.len()), content].concat()
}

/// A section of so many items that are alike.
pub(crate) fn repeated(id: u8, count: usize, item: &[u8]) -> Vec<u8> {
    section(id, &[number(count), item.repeat(count)].concat())
}

/// A number as WebAssembly writes it.
pub(crate) fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The same component without custom sections: every byte of it means something.
pub(crate) fn stripped(component: &[u8]) -> Vec<u8> {
    let (header, mut rest) = component.split_at(8);
    let in_component = header[4] == 0x0d;
    let mut kept = header.to_vec();
    while let [id, after @ ..] = rest {
        let digits = after.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let length = after[..digits].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        let (content, next) = after[digits..].split_at(length);
        rest = next;
        match *id {
            id::CUSTOM => {}
            id::CORE_MODULE | id::COMPONENT if in_component => kept.extend(section(*id, &stripped(content))),
            _ => kept.extend(section(*id, content)),
        }
    }
    kept
}
