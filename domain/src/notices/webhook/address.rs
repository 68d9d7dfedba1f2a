//! The addresses to which Insula may send a hospital's webhooks. Without this check a hospital could make the server
//! send requests into its own network (SSRF): no internal address is allowed, in any spelling, unless the operator
//! makes an exception (SYS-02).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// A range of addresses: `10.1.0.0/16`, `::1/128`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// The text is not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a network is an address and a prefix length, without host bits: 10.1.0.0/16")]
pub struct NotANetwork;

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Network, NotANetwork> {
        let (base, prefix) = text.split_once('/').ok_or(NotANetwork)?;
        let base: IpAddr = base.parse().map_err(|_| NotANetwork)?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= longest).ok_or(NotANetwork)?;
        let network = Network { base, prefix };
        (network.masked(base) == bits(base)).then_some(network).ok_or(NotANetwork)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Network {
        Network { base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
    }

    const fn v6(first: u16, second: u16, third: u16, prefix: u8) -> Network {
        Network { base: IpAddr::V6(Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0)), prefix }
    }

    fn masked(&self, address: IpAddr) -> u128 {
        let length = if address.is_ipv4() { 32 } else { 128 };
        let behind = u32::from(length - self.prefix.min(length));
        bits(address).checked_shr(behind).and_then(|kept| kept.checked_shl(behind)).unwrap_or(0)
    }

    fn holds(&self, address: IpAddr) -> bool {
        self.base.is_ipv4() == address.is_ipv4() && self.masked(address) == bits(self.base)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The IPv4 ranges that are not public, or serve special purposes.
const INSIDE_V4: [Network; 16] = [
    // This network, private networks, shared address space of providers.
    Network::v4(0, 0, 0, 0, 8),
    Network::v4(10, 0, 0, 0, 8),
    Network::v4(100, 64, 0, 0, 10),
    // Loopback.
    Network::v4(127, 0, 0, 0, 8),
    // Link-local; clouds serve their metadata there, credentials included.
    Network::v4(169, 254, 0, 0, 16),
    Network::v4(172, 16, 0, 0, 12),
    // Protocol assignments, documentation, the former 6to4 relay, private networks.
    Network::v4(192, 0, 0, 0, 24),
    Network::v4(192, 0, 2, 0, 24),
    Network::v4(192, 88, 99, 0, 24),
    Network::v4(192, 168, 0, 0, 16),
    // Benchmarking, documentation.
    Network::v4(198, 18, 0, 0, 15),
    Network::v4(198, 51, 100, 0, 24),
    Network::v4(203, 0, 113, 0, 24),
    // A public address at which one cloud serves metadata to its machines.
    Network::v4(168, 63, 129, 16, 32),
    // Multicast; reserved, broadcast included.
    Network::v4(224, 0, 0, 0, 4),
    Network::v4(240, 0, 0, 0, 4),
];

/// The only assigned public range of IPv6: loopback, unique-local, link-local, multicast and all others are outside it.
const GIVEN_V6: Network = Network::v6(0x2000, 0, 0, 3);

/// The non-public parts of that range: protocols and tunnels (Teredo, 6to4), which embed IPv4 addresses; documentation.
const INSIDE_V6: [Network; 4] = [
    Network::v6(0x2001, 0, 0, 23),
    Network::v6(0x2001, 0xdb8, 0, 32),
    Network::v6(0x2002, 0, 0, 16),
    Network::v6(0x3fff, 0, 0, 20),
];

/// The NAT64 prefix: the rest is the IPv4 address it leads to.
const NAT64: Network = Network::v6(0x64, 0xff9b, 0, 96);

/// Unwraps an IPv4 address embedded in an IPv6 address.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    if NAT64.holds(address) {
        let [.., a, b, c, d] = v6.octets();
        return IpAddr::V4(Ipv4Addr::new(a, b, c, d));
    }
    v6.to_ipv4_mapped().map_or(address, IpAddr::V4)
}

/// The allowed addresses: public ones and the operator's exceptions.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// The operator's exceptions.
    pub allowed: Vec<Network>,
}

impl Reach {
    /// Whether requests to the address are allowed.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = plain(address);
        if self.allowed.iter().any(|network| network.holds(address)) {
            return true;
        }
        match address {
            IpAddr::V4(_) => !INSIDE_V4.iter().any(|network| network.holds(address)),
            IpAddr::V6(_) => GIVEN_V6.holds(address) && !INSIDE_V6.iter().any(|network| network.holds(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// SYS-02: no internal address is allowed, in any spelling.
    #[rstest]
    #[case("0.0.0.0")]
    #[case("0.1.2.3")]
    #[case("10.0.0.1")]
    #[case("10.255.255.255")]
    #[case("100.64.0.1")]
    #[case("100.100.100.200")]
    #[case("100.127.255.255")]
    #[case("127.0.0.1")]
    #[case("127.255.255.254")]
    #[case("168.63.129.16")]
    #[case("169.254.169.254")]
    #[case("169.254.170.2")]
    #[case("172.16.0.1")]
    #[case("172.31.255.255")]
    #[case("192.0.0.192")]
    #[case("192.0.2.1")]
    #[case("192.88.99.1")]
    #[case("192.168.1.1")]
    #[case("198.18.0.1")]
    #[case("198.19.255.255")]
    #[case("198.51.100.7")]
    #[case("203.0.113.7")]
    #[case("224.0.0.1")]
    #[case("239.255.255.250")]
    #[case("240.0.0.1")]
    #[case("255.255.255.255")]
    #[case("::")]
    #[case("::1")]
    #[case("::7f00:1")]
    #[case("::ffff:127.0.0.1")]
    #[case("::ffff:7f00:1")]
    #[case("::ffff:10.1.2.3")]
    #[case("::ffff:0:127.0.0.1")]
    #[case("64:ff9b::127.0.0.1")]
    #[case("64:ff9b::169.254.169.254")]
    #[case("64:ff9b::a00:1")]
    #[case("64:ff9b:1::7f00:1")]
    #[case("100::1")]
    #[case("2001::7f00:1")]
    #[case("2001:10::1")]
    #[case("2001:db8::1")]
    #[case("2002:7f00:1::")]
    #[case("3fff::1")]
    #[case("5f00::1")]
    #[case("fc00::1")]
    #[case("fd00:ec2::254")]
    #[case("fdff::1")]
    #[case("fe80::1")]
    #[case("fec0::1")]
    #[case("ff02::1")]
    fn what_is_inside_is_not_asked(#[case] address: IpAddr) {
        assert!(!Reach::default().permits(address));
    }

    /// SYS-02: public addresses are allowed, also next to internal ranges and through NAT64.
    #[rstest]
    #[case("1.1.1.1")]
    #[case("9.255.255.255")]
    #[case("11.0.0.1")]
    #[case("100.63.255.255")]
    #[case("100.128.0.1")]
    #[case("126.0.0.1")]
    #[case("128.0.0.1")]
    #[case("168.63.129.17")]
    #[case("172.15.255.255")]
    #[case("172.32.0.1")]
    #[case("192.0.1.1")]
    #[case("193.190.1.1")]
    #[case("198.17.255.255")]
    #[case("198.20.0.1")]
    #[case("223.255.255.255")]
    #[case("::ffff:193.190.1.1")]
    #[case("64:ff9b::193.190.1.1")]
    #[case("2001:200::1")]
    #[case("2001:db9::1")]
    #[case("2a02:2c40::1")]
    fn what_is_public_is_asked(#[case] address: IpAddr) {
        assert!(Reach::default().permits(address));
    }

    /// SYS-02: the operator's exceptions allow the addresses they name, in every spelling, and no others.
    #[test]
    fn the_operator_makes_exceptions() {
        let reach =
            Reach { allowed: ["127.0.0.1/32", "10.1.0.0/16", "::1/128"].map(|one| one.parse().unwrap()).into() };
        for address in ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "10.1.255.1", "::1"] {
            assert!(reach.permits(address.parse().unwrap()), "{address}");
        }
        for address in ["127.0.0.2", "10.2.0.1", "::", "169.254.169.254", "::ffff:10.2.0.1"] {
            assert!(!reach.permits(address.parse().unwrap()), "{address}");
        }
        let everything = Reach { allowed: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()] };
        assert!(everything.permits("127.0.0.1".parse().unwrap()) && everything.permits("fe80::1".parse().unwrap()));
    }

    /// A network has one spelling.
    #[test]
    fn networks_are_read_strictly() {
        for text in ["127.0.0.1/32", "10.1.0.0/16", "0.0.0.0/0", "::1/128", "fd00::/8", "::/0"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        for text in
            ["", "127.0.0.1", "127.0.0.1/33", "10.1.0.1/16", "::1/129", "fd00::1/8", "localhost/8", "10/8", "1.2.3.4/"]
        {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
    }
}
