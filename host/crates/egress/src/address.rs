//! Which addresses a request may go to: those that anybody may reach, and none that only this machine or its network can.
//!
//! What is not known to be public is refused. New ranges are given out at the rate of one in some years; a mistake in the
//! other direction opens the network that the host is in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the address is one of the public internet.
#[must_use]
pub fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

/// Whether an operator may name it as a server of their own: this machine or a private network, and never an address where
/// a cloud gives a machine its credentials.
pub(crate) fn may_be_private_server(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let octets = address.octets();
            let private = matches!(octets, [10 | 127, ..] | [100, 64..=127, ..] | [172, 16..=31, ..] | [192, 168, ..]);
            private && !METADATA_V4.contains(&octets)
        }
        IpAddr::V6(address) => {
            let private = address == Ipv6Addr::LOCALHOST || address.is_unique_local();
            private && !is_metadata_v6(address)
        }
    }
}

/// Where clouds keep their metadata outside of the link-local range: Alibaba, Tencent, Volcengine.
const METADATA_V4: [[u8; 4]; 3] = [[100, 100, 100, 200], [100, 88, 222, 5], [100, 96, 0, 96]];

fn is_metadata_v6(address: Ipv6Addr) -> bool {
    // Amazon, Google, Scaleway; and whoever writes 169.254.169.254 into the end, as Oracle does.
    matches!(
        address.segments(),
        [0xfd00, 0xec2, ..]
            | [0xfd20, 0xce, 0, 0, 0, 0, 0, _]
            | [0xfd00, 0x42, 0, 0, 0, 0, 0, _]
            | [.., 0xa9fe, 0xa9fe]
    )
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        // This network, private, loopback.
        [0 | 10 | 127, ..]
            // Shared by the customers of a carrier.
            | [100, 64..=127, ..]
            // Link-local: metadata of most clouds.
            | [169, 254, ..]
            | [172, 16..=31, ..]
            // Protocol assignments, documentation.
            | [192, 0, 0 | 2, _]
            // The way from IPv6 to IPv4 that nobody runs any more.
            | [192, 88, 99, _]
            | [192, 168, ..]
            // Benchmarks.
            | [198, 18 | 19, ..]
            // Documentation.
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            // A public address that leads to the host of a virtual machine at Azure.
            | [168, 63, 129, 16]
            // Multicast, reserved, broadcast.
            | [224..=255, ..]
    )
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // All that was ever given out lies in 2000::/3, so everything else need not be known: loopback, mapped and compatible
    // addresses, NAT64, unique and link-local, multicast, segment routing.
    let given_out = matches!(segments, [0x2000..=0x3fff, ..]);
    let special = match segments {
        // 2001::/23: Teredo, ORCHID, benchmarks.
        [0x2001, 0..=0x1ff, ..] => true,
        // Documentation.
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => true,
        // 6to4, which holds an IPv4 address.
        [0x2002, ..] => true,
        // ISATAP, which holds one as well.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => true,
        _ => false,
    };
    given_out && !special && !translated(address).any(is_inner_v4)
}

/// The IPv4 addresses to which a translator may take this one for leading: whoever runs a network may have a prefix of its own for
/// that, of 32 to 96 bits, after which come the IPv4 address, but for the ninth byte, and zeros (RFC 6052).
fn translated(address: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let bytes = address.octets();
    [4, 5, 6, 7, 8, 12].into_iter().filter_map(move |prefix| {
        let rest = bytes.get(prefix..)?.iter().zip(prefix..).filter(|(_, place)| *place != 8).map(|(byte, _)| *byte);
        let [a, b, c, d] = std::array::from_fn(|index| rest.clone().nth(index).unwrap_or_default());
        let is_one = bytes.get(8) == Some(&0)
            && (prefix < 12 || bytes.get(8..12) == Some(&[0; 4]))
            && rest.skip(4).all(|byte| byte == 0);
        is_one.then(|| Ipv4Addr::new(a, b, c, d))
    })
}

/// Whether something of this machine or its network may be there. Other addresses that are not public lead nowhere, and many of
/// IPv6 look like one: most that were written by hand end in `::1`, which is 0.0.0.1.
fn is_inner_v4(address: Ipv4Addr) -> bool {
    !is_global_v4(address) && !matches!(address.octets(), [0 | 224..=255, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as first and last address of each range, written down apart from the rules above.
    const NOT_GLOBAL: &[(&str, &str)] = &[
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("168.63.129.16", "168.63.129.16"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "255.255.255.255"),
    ];

    fn v4(text: &str) -> u32 {
        text.parse::<Ipv4Addr>().unwrap().to_bits()
    }

    #[test]
    fn every_ipv4_address_is_classified_as_the_table_says() {
        // The ranges between those of the table, in order, so that each address is in one of them.
        let mut ranges = Vec::new();
        let mut next = 0;
        for &(first, last) in NOT_GLOBAL {
            let (first, last) = (v4(first), v4(last));
            if first > next {
                ranges.push((next, first - 1, true));
            }
            ranges.push((first, last, false));
            next = last.wrapping_add(1);
        }
        let mut checked = 0_u64;
        for (first, last, global) in ranges {
            let check = |bits: u32| assert_eq!(is_global(Ipv4Addr::from_bits(bits).into()), global, "{bits:#x}");
            // Whole blocks of 256 in between by their edges and middle, the blocks at the ends by each address.
            let mut bits = first;
            loop {
                let block_end = (bits | 0xff).min(last);
                if bits & 0xff == 0 && bits - first > 0xff && last - block_end > 0xff {
                    [0, 1, 0x10, 0x7f, 0x80, 0xfe, 0xff].into_iter().for_each(|low| check(bits | low));
                } else {
                    (bits..=block_end).for_each(check);
                }
                checked += u64::from(block_end - bits) + 1;
                if block_end == last {
                    break;
                }
                bits = block_end + 1;
            }
        }
        assert_eq!(checked, 1 << 32);
    }

    #[test]
    fn every_rule_for_ipv4_looks_at_a_block_or_at_one_address() {
        // So that the test above may look at a part of each block: only this one block holds both kinds.
        let base = v4("168.63.129.0");
        let kinds: Vec<bool> = (0..=255).map(|low| is_global(Ipv4Addr::from_bits(base | low).into())).collect();
        assert_eq!(kinds.iter().filter(|global| !**global).count(), 1);
        assert!(!kinds[16]);
    }

    #[test]
    fn ipv6_is_global_only_where_it_was_given_out_and_holds_no_other_address() {
        let refused = [
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::ffff:127.0.0.1", "mapped"),
            ("::ffff:8.8.8.8", "mapped, though public"),
            ("::ffff:0:8.8.8.8", "translated"),
            ("::127.0.0.1", "compatible"),
            ("::808:808", "compatible, though public"),
            ("64:ff9b::7f00:1", "NAT64"),
            ("64:ff9b::808:808", "NAT64, though public"),
            ("64:ff9b:1::a00:1", "local NAT64"),
            ("2002:7f00:1::1", "6to4"),
            ("2002:c0a8:101::1", "6to4"),
            ("2001::1", "Teredo"),
            ("2001:0:53aa:64c:0:fbff:f5ff:fffe", "Teredo"),
            ("2001:2::1", "benchmarks"),
            ("2001:10::1", "ORCHID"),
            ("2001:20::1", "ORCHID"),
            ("2001:1ff:ffff::1", "end of the protocol assignments"),
            ("2001:db8::1", "documentation"),
            ("3fff::1", "documentation"),
            ("3fff:fff:ffff::1", "documentation"),
            ("2a00:1450::5efe:7f00:1", "ISATAP"),
            ("2a00:1450::200:5efe:a00:1", "ISATAP"),
            ("fe80::5efe:a00:1", "ISATAP on a link"),
            ("2a00:1450:a00:1::", "NAT64 with 32 bits of one's own, and zeros"),
            ("2a00:1450:120a:0:1::", "NAT64 with 40"),
            ("2a00:1450:12c0:a801:1::", "NAT64 with 40, to 192.168.1.1"),
            ("2a00:1450:1234:a9fe:a9:fe00::", "NAT64 with 48"),
            ("2a00:1450:1234:127f:0:100::", "NAT64 with 56"),
            ("2a00:1450:1234:5678:a9:fea9:fe00:0", "NAT64 with 64"),
            ("2a00:1450:1234:5678::a9fe:a9fe", "NAT64 with 96"),
            ("2606:4700::c0a8:101", "NAT64 with 96"),
            ("2606:4700::a83f:8110", "NAT64 with 96, to the host at Azure"),
            ("fc00::1", "unique local"),
            ("fd00:ec2::254", "metadata"),
            ("fdff:ffff::1", "unique local"),
            ("fe80::1", "link-local"),
            ("fe80::a9fe:a9fe", "link-local metadata"),
            ("febf::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
            ("ff0e::1", "multicast"),
            ("100::1", "discard"),
            ("100:0:0:1::1", "discard"),
            ("5f00::1", "segment routing"),
            ("1fff:ffff::1", "below what was given out"),
            ("4000::1", "above what was given out"),
        ];
        for (text, what) in refused {
            assert!(!is_global(text.parse().unwrap()), "{text}: {what}");
        }
        for text in [
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450:4001::5e",
            "2001:200::1",
            "2620:fe::fe",
            "3ffe::1",
            "2606:4700::6810:84e5",
            "2a00:1450:4001:81b::200e",
            "2001:67c:4e8:f004::9",
            "2a00:1450:4001:800::",
            "2a02:ec80:300:ed1a::1",
            "2a03:2880:f12f:83:face:b00c:0:25de",
            "2001:db9:1:2:a00:27ff:fe4e:66a1",
            "2a00:1450::808:808",
        ] {
            assert!(is_global(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn no_metadata_and_no_public_address_is_a_server_of_the_operators_own() {
        for text in ["127.0.0.1", "127.8.9.1", "10.1.2.3", "172.31.0.1", "192.168.1.9", "100.64.0.1", "::1", "fd12::1"]
        {
            assert!(may_be_private_server(text.parse().unwrap()), "{text}");
        }
        for text in [
            "169.254.169.254",
            "169.254.170.2",
            "168.63.129.16",
            "100.100.100.200",
            "100.88.222.5",
            "192.0.0.192",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "8.8.8.8",
            "::",
            "::ffff:127.0.0.1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fd00:42::42",
            "fd00:c1::a9fe:a9fe",
            "fe80::a9fe:a9fe",
            "2606:4700::1",
            "ff02::1",
        ] {
            assert!(!may_be_private_server(text.parse().unwrap()), "{text}");
        }
    }
}
