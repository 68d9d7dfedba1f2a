//! Where webhooks may be sent. An address is checked when a hospital enters it and again whenever its name is resolved,
//! so that pointing the name elsewhere later gains nothing (SYS-02).

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use insula_domain::{
    notices::webhook::address::{Network, Reach},
    refusal::Reason,
};
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// The maximum length of an address.
pub const MAX_URL: usize = 2000;

/// What the operator allows.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// The addresses that may be called.
    pub reach: Reach,
    /// Whether `http://` is allowed too.
    pub http: bool,
}

impl Addresses {
    /// From the settings.
    pub fn new(allowed: Vec<Network>, http: bool) -> Addresses {
        Addresses { reach: Reach { allowed }, http }
    }

    /// Checks an address as a hospital enters it: absolute, `https`, without user name, password or fragment. A numeric
    /// address must be public, however the number is spelled.
    pub fn check(&self, text: &str) -> Result<Url, Reason> {
        let url = Url::parse(text).map_err(|_| Reason::NotAWebAddress)?;
        let scheme = url.scheme() == "https" || url.scheme() == "http" && self.http;
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // Below 1024 are the services of machines: mail, files, names.
        let web_port = url.port_or_known_default().is_some_and(|port| matches!(port, 80 | 443 | 1024..));
        if !scheme || !bare || !web_port || text.chars().any(char::is_whitespace) {
            return Err(Reason::NotAWebAddress);
        }
        if url.as_str().len() > MAX_URL {
            return Err(Reason::TooLong);
        }
        let host = url.host_str().ok_or(Reason::NotAWebAddress)?;
        if self.permits_host(host) { Ok(url) } else { Err(Reason::AddressNotAllowed) }
    }

    /// Checks a host before resolution: numeric addresses, and names that are not public by themselves.
    fn permits_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        // The parser has normalised every spelling of a numeric address (hexadecimal, octal, one part).
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = literal.parse::<IpAddr>() {
            return self.reach.permits(address);
        }
        let names_this_machine = host == "localhost" || host.ends_with(".localhost");
        let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        !names_this_machine || loopback.into_iter().any(|address| self.reach.permits(address))
    }
}

/// How names are resolved; blocking.
pub type LookUp = Arc<dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// Resolves names with the operating system.
pub fn system_look_up() -> LookUp {
    Arc::new(|host| Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect()))
}

/// Resolves names and drops the addresses that must not be called, so that connections are only made to the others. A name
/// without others is like one that does not exist: who states names must not learn which exist inside (SYS-02).
pub struct Guarded {
    /// The addresses that may be called.
    pub reach: Reach,
    /// How names are resolved.
    pub look_up: LookUp,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, look_up) = (self.reach.clone(), Arc::clone(&self.look_up));
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || look_up(name.as_str())).await??;
            let permitted: Vec<_> = found
                .iter()
                .filter(|address| reach.permits(**address))
                .map(|address| SocketAddr::new(*address, 0))
                .collect();
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-02: addresses inside the house are refused in every spelling there is.
    #[test]
    fn an_address_inside_is_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "127.0.0.1.",
            "2130706433",
            "0x7f000001",
            "0x7F.0.0.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.01",
            "0",
            "0x0",
            "127%2e0%2e0%2e1",
            "１２７.０.０.１",
            "127。0。0。1",
            "10.0.0.1",
            "0xa.0.0.1",
            "192.168.257",
            "169.254.169.254",
            "2852039166",
            "0xA9FEA9FE",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::169.254.169.254]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "LocalHost.",
            "ehr.localhost",
        ] {
            let url = format!("https://{host}/hooks");
            assert_eq!(Addresses::default().check(&url).err(), Some(Reason::AddressNotAllowed), "{url}");
        }
    }

    /// SYS-02, SYS-04: what is no plain address of the web is refused.
    #[test]
    fn only_plain_web_addresses_are_taken() {
        for url in [
            "",
            "ehr.example/hooks",
            "//ehr.example/hooks",
            "http://ehr.example/hooks",
            "ftp://ehr.example/hooks",
            "file:///etc/passwd",
            "gopher://ehr.example/",
            "unix:/var/run/docker.sock",
            "data:text/plain,x",
            "javascript:alert(1)",
            "https://",
            "https:///",
            "https://user@ehr.example/",
            "https://user:secret@ehr.example/",
            "https://:secret@ehr.example/",
            "https://193.190.1.1@127.0.0.1/",
            "https://ehr.example:0/",
            "https://ehr.example:22/",
            "https://ehr.example:25/",
            "https://ehr.example:1023/",
            "https://ehr.example:-1/",
            "https://ehr.example:65536/",
            "https://ehr.example:x/",
            "https://ehr.example/#part",
            "https://ehr .example/",
            " https://ehr.example/",
            "https://ehr.example/a b",
            "https://[fe80::1%25eth0]/",
            "https://[::1",
            "https://1.2.3.4.5.6/",
            "https://256.256.256.256/",
            "https://ehr\u{0}.example/",
        ] {
            assert_eq!(Addresses::default().check(url).err(), Some(Reason::NotAWebAddress), "{url:?}");
        }
        let long = format!("https://ehr.example/{}", "é".repeat(500));
        assert_eq!(Addresses::default().check(&long).err(), Some(Reason::TooLong));
    }

    /// SYS-02: what is public is taken, and written in one way; the operator can allow more.
    #[test]
    fn public_addresses_are_taken() {
        for (url, written) in [
            ("https://ehr.example/insula?tenant=7", "https://ehr.example/insula?tenant=7"),
            ("HTTPS://EHR.Example:443", "https://ehr.example/"),
            ("https://ehr.example:8443/x", "https://ehr.example:8443/x"),
            ("https://193.190.1.1/", "https://193.190.1.1/"),
            ("https://0xC1BE0101/", "https://193.190.1.1/"),
            ("https://[2a02:2c40::1]/", "https://[2a02:2c40::1]/"),
        ] {
            assert_eq!(Addresses::default().check(url).unwrap().as_str(), written);
        }
        let tests = Addresses::new(vec!["127.0.0.1/32".parse().unwrap()], true);
        assert!(tests.check("http://127.0.0.1:8081/hooks").is_ok());
        assert!(tests.check("http://localhost:8081/hooks").is_ok());
        assert!(tests.check("https://ehr.example/").is_ok());
        assert_eq!(tests.check("http://127.0.0.2/").err(), Some(Reason::AddressNotAllowed));
        assert_eq!(tests.check("http://user@127.0.0.1/").err(), Some(Reason::NotAWebAddress));
    }
}
