//! A real mail server with the behaviour chosen by the test, behind a relay that can cut connections.

use std::{
    collections::{HashMap, VecDeque},
    fs, io,
    net::{IpAddr, Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, mpsc},
    thread,
};

use insula_api::{config::SmtpTls, notices::mail::Smtp};
use mailin_embedded::{AuthMechanism, Handler, Response, Server, SslConfig, response};

use crate::mails::sender;

/// A received message, whatever the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The name in the client's greeting.
    pub name: String,
    /// The sender.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
    /// The message.
    pub message: Vec<u8>,
    /// User and password of the login.
    pub login: Option<(String, String)>,
}

impl Received {
    /// The message as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.message.clone()).unwrap()
    }

    /// The value of a single-line header that occurs once.
    pub fn header(&self, name: &str) -> String {
        let text = self.text();
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        let values: Vec<_> = headers.lines().filter_map(|line| line.strip_prefix(&format!("{name}: "))).collect();
        assert_eq!(values.len(), 1, "{name} in {headers}");
        values[0].to_owned()
    }
}

/// The answer of the server to a message.
pub enum End {
    /// This answer.
    Says(u16, &'static str),
    /// No answer; the connection is cut.
    Cuts,
    /// Reports that it has the message, and accepts it when told to.
    Waits(mpsc::Sender<()>, Arc<Gate>),
}

/// A gate at which callers wait until it is opened.
#[derive(Default)]
pub struct Gate(Mutex<bool>, Condvar);

impl Gate {
    /// Releases all callers.
    pub fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        drop(self.1.wait_while(self.0.lock().unwrap(), |open| !*open).unwrap());
    }
}

#[derive(Default)]
struct Shared {
    got: Mutex<Vec<Received>>,
    /// The answers to EHLO, to MAIL and to each recipient, if not positive.
    hello: Mutex<Option<(u16, &'static str)>>,
    mail: Mutex<Option<(u16, &'static str)>>,
    recipients: Mutex<HashMap<String, (u16, &'static str)>>,
    ends: Mutex<VecDeque<End>>,
    /// The accepted login.
    login: Option<(String, String)>,
    /// The relay's connections to clients.
    clients: Mutex<Vec<TcpStream>>,
}

impl Shared {
    fn cut(&self) {
        for client in self.clients.lock().unwrap().drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
    }
}

/// The server.
pub struct SmtpServer {
    /// The port for clients.
    pub port: u16,
    shared: Arc<Shared>,
}

/// A certificate created for a test, and its key, as files.
pub struct TestCertificate {
    /// The certificate.
    pub pem: String,
    /// The certificate in DER.
    pub der: Vec<u8>,
    /// The key in DER.
    pub key: Vec<u8>,
    folder: PathBuf,
}

impl TestCertificate {
    /// A certificate for this host.
    pub fn of(host: &str) -> TestCertificate {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
        let name = crate::client::new_key();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../.data/test/certificate-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
        fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        let key = made.signing_key.serialize_der();
        TestCertificate { pem: made.cert.pem(), der: made.cert.der().to_vec(), key, folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for TestCertificate {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl SmtpServer {
    /// A server without TLS and passwords.
    pub fn start() -> SmtpServer {
        SmtpServer::start_on(TcpListener::bind("127.0.0.1:0").unwrap(), None, None)
    }

    /// A server on this port, with STARTTLS, this certificate, user and password.
    pub fn start_on(
        listener: TcpListener,
        certificate: Option<&TestCertificate>,
        login: Option<(&str, &str)>,
    ) -> SmtpServer {
        let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
        let shared = Arc::new(Shared { login, ..Shared::default() });
        let inner = TcpListener::bind("127.0.0.1:0").unwrap();
        let to = inner.local_addr().unwrap();
        let mut server = Server::new(Session { shared: Arc::clone(&shared), ..Session::default() });
        server.with_name("mail.test").with_tcp_listener(inner);
        if let Some(certificate) = certificate {
            let files = SslConfig::SelfSigned {
                cert_path: certificate.path("certificate.pem"),
                key_path: certificate.path("key.pem"),
            };
            server.with_ssl(files).unwrap();
        }
        if shared.login.is_some() {
            server.with_auth(AuthMechanism::Plain);
        }
        // Both run until the end of the process.
        thread::spawn(move || server.serve().unwrap());
        let port = listener.local_addr().unwrap().port();
        let relayed = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(to).unwrap());
                relayed.clients.lock().unwrap().push(client.try_clone().unwrap());
                let (back, there) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || relay(client, server));
                thread::spawn(move || relay(there, back));
            }
        });
        SmtpServer { port, shared }
    }

    /// A client of the server.
    pub fn client(&self) -> Smtp {
        Smtp::new("127.0.0.1", self.port, SmtpTls::None, None, None, sender()).unwrap()
    }

    /// The answers to the next messages; later ones are accepted.
    pub fn next(&self, ends: impl IntoIterator<Item = End>) {
        self.shared.ends.lock().unwrap().extend(ends);
    }

    /// The answer to EHLO from now on.
    pub fn says_to_hello(&self, said: Option<(u16, &'static str)>) {
        *self.shared.hello.lock().unwrap() = said;
    }

    /// The answer to MAIL from now on.
    pub fn says_to_mail(&self, said: Option<(u16, &'static str)>) {
        *self.shared.mail.lock().unwrap() = said;
    }

    /// The answer to this recipient from now on; none for acceptance.
    pub fn says_of(&self, recipient: &str, said: Option<(u16, &'static str)>) {
        let mut recipients = self.shared.recipients.lock().unwrap();
        match said {
            Some(said) => recipients.insert(recipient.to_owned(), said),
            None => recipients.remove(recipient),
        };
    }

    /// All received messages.
    pub fn got(&self) -> Vec<Received> {
        self.shared.got.lock().unwrap().clone()
    }
}

fn relay(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// One SMTP session.
#[derive(Clone, Default)]
struct Session {
    shared: Arc<Shared>,
    name: String,
    from: String,
    to: Vec<String>,
    message: Vec<u8>,
    login: Option<(String, String)>,
}

fn said(answer: Option<(u16, &'static str)>) -> Response {
    answer.map_or(response::OK, |(code, text)| Response::custom(code, text.to_owned()))
}

impl Handler for Session {
    fn helo(&mut self, _: IpAddr, domain: &str) -> Response {
        domain.clone_into(&mut self.name);
        said(*self.shared.hello.lock().unwrap())
    }

    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        from.clone_into(&mut self.from);
        self.to.clear();
        said(*self.shared.mail.lock().unwrap())
    }

    fn rcpt(&mut self, to: &str) -> Response {
        let answer = self.shared.recipients.lock().unwrap().get(to).copied();
        if answer.is_none() {
            self.to.push(to.to_owned());
        }
        said(answer)
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, to: &[String]) -> Response {
        assert_eq!(to, self.to);
        self.message.clear();
        response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.message.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.shared.got.lock().unwrap().push(Received {
            name: self.name.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            message: self.message.clone(),
            login: self.login.clone(),
        });
        let end = self.shared.ends.lock().unwrap().pop_front();
        match end {
            None => response::OK,
            Some(End::Says(code, text)) => said(Some((code, text))),
            Some(End::Cuts) => {
                self.shared.cut();
                response::OK
            }
            Some(End::Waits(told, gate)) => {
                told.send(()).unwrap();
                gate.pass();
                response::OK
            }
        }
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        let login = Some((user.to_owned(), password.to_owned()));
        if login != self.shared.login {
            return response::INVALID_CREDENTIALS;
        }
        self.login = login;
        response::AUTH_OK
    }
}
