//! Asks the name servers of this machine where a host is.

use std::{fmt, io, net::IpAddr, sync::OnceLock};

use hickory_resolver::{
    TokioResolver,
    config::{LookupIpStrategy, ResolveHosts, ResolverOpts},
    proto::rr::Name,
};
use palisade_core::BoxFuture;

use crate::resolve::Resolve;

/// Most answers that are remembered, each for as long as it says.
const CACHE_ENTRIES: u64 = 1024;
/// How often a server that does not answer is asked, within the time that there is.
const ATTEMPTS: usize = 2;

/// The name servers that this machine is configured to ask.
///
/// It is not the resolver of the system, which blocks a thread for as long as it likes, tries the name below the domains of
/// the local network, and looks into its list of hosts.
pub(crate) struct NameServers {
    make: fn() -> io::Result<TokioResolver>,
    made: OnceLock<TokioResolver>,
}

impl Default for NameServers {
    fn default() -> Self {
        Self { make: of_this_machine, made: OnceLock::new() }
    }
}

impl fmt::Debug for NameServers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NameServers")
    }
}

impl NameServers {
    /// Made when it is first needed, and again where that fails: a machine may be told of its name servers later.
    fn resolver(&self) -> io::Result<&TokioResolver> {
        match self.made.get() {
            Some(made) => Ok(made),
            None => {
                let made = (self.make)()?;
                Ok(self.made.get_or_init(|| made))
            }
        }
    }
}

/// Where a machine has no name server, none is asked instead: not even a public one.
fn of_this_machine() -> io::Result<TokioResolver> {
    let mut builder = TokioResolver::builder_tokio().map_err(|_| io::ErrorKind::NotConnected)?;
    configure(builder.options_mut());
    builder.build().map_err(|_| io::ErrorKind::NotConnected.into())
}

fn configure(options: &mut ResolverOpts) {
    options.attempts = ATTEMPTS;
    options.cache_size = CACHE_ENTRIES;
    // Both kinds, since any bad one refuses a host.
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.use_hosts_file = ResolveHosts::Never;
}

impl Resolve for NameServers {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            // The dot at the end says that it is the whole name.
            let name = Name::from_ascii(format!("{name}.")).map_err(|_| io::ErrorKind::InvalidInput)?;
            let answer = self.resolver()?.lookup_ip(name).await;
            let answer = answer.map_err(|error| match error.is_no_records_found() {
                true => io::Error::from(io::ErrorKind::NotFound),
                false => io::Error::other(error),
            })?;
            Ok(answer.iter().collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        net::{Ipv4Addr, Ipv6Addr},
        sync::{
            Arc, Mutex,
            atomic::{AtomicU32, Ordering},
        },
    };

    use hickory_resolver::{
        config::{ConnectionConfig, NameServerConfig, ResolverConfig},
        net::runtime::TokioRuntimeProvider,
        proto::{
            op::{Message, ResponseCode},
            rr::{RData, Record, RecordType},
        },
    };
    use tokio::{net::UdpSocket, task::JoinSet};

    /// A name server that knows `api.example.com`; it answers to nothing else, so that whoever asks for more is noticed.
    async fn serve(socket: UdpSocket, asked: Arc<Mutex<Vec<String>>>) {
        let mut buffer = [0; 2048];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let mut message = Message::from_vec(&buffer[..length]).unwrap().into_response();
            let query = message.queries[0].clone();
            asked.lock().unwrap().push(format!("{} {}", query.name().to_ascii(), query.query_type()));
            let data = match query.query_type() {
                RecordType::A => RData::A(Ipv4Addr::new(93, 184, 216, 34).into()),
                _ => RData::AAAA(Ipv6Addr::LOCALHOST.into()),
            };
            match query.name().to_ascii().as_str() {
                "api.example.com." => drop(message.add_answer(Record::from_rdata(query.name().clone(), 60, data))),
                _ => message.metadata.response_code = ResponseCode::NXDomain,
            }
            socket.send_to(&message.to_vec().unwrap(), from).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_whole_name_is_asked_for_once_and_with_both_kinds_of_addresses() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(socket, asked.clone()));

        let mut connection = ConnectionConfig::udp();
        connection.port = port;
        let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, vec![connection]);
        // A machine of a local network looks below its domains.
        let search = vec![Name::from_ascii("corp.example.").unwrap()];
        let config = ResolverConfig::from_parts(None, search, vec![server]);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        configure(builder.options_mut());
        let servers = NameServers { made: OnceLock::from(builder.build().unwrap()), ..NameServers::default() };

        for _ in 0..2 {
            let mut addresses = servers.resolve("api.example.com").await.unwrap();
            addresses.sort_unstable();
            assert_eq!(addresses, ["93.184.216.34".parse::<IpAddr>().unwrap(), Ipv6Addr::LOCALHOST.into()]);
        }
        let missing = servers.resolve("nothing.example.com").await.unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let mut asked = asked.lock().unwrap().clone();
        asked.sort_unstable();
        let expected =
            ["api.example.com. A", "api.example.com. AAAA", "nothing.example.com. A", "nothing.example.com. AAAA"];
        assert_eq!(asked, expected);
    }

    #[tokio::test]
    async fn a_machine_that_learns_of_its_name_servers_later_is_not_lost() {
        static TRIES: AtomicU32 = AtomicU32::new(0);
        let make = || match TRIES.fetch_add(1, Ordering::Relaxed) {
            0 => Err(io::ErrorKind::NotConnected.into()),
            _ => {
                let config = ResolverConfig::from_parts(None, Vec::new(), Vec::new());
                Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().unwrap())
            }
        };
        let servers = NameServers { make, ..NameServers::default() };
        assert_eq!(servers.resolver().unwrap_err().kind(), io::ErrorKind::NotConnected);
        assert!(servers.resolver().is_ok() && servers.resolver().is_ok());
        assert_eq!(TRIES.load(Ordering::Relaxed), 2, "it is made once");
    }
}
