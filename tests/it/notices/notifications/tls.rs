//! TLS and passwords.

use std::{net::TcpListener, sync::Arc};

use insula_api::{config::SmtpTls, notices::mail::Smtp};
use insula_tests::{
    TestApp,
    mails::sender,
    smtp::{SmtpServer, TestCertificate},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

use super::{one_due, standing};

const LOGIN: (&str, &str) = ("insula", "a secret of the tests");

fn server(certificate: Option<&TestCertificate>, login: Option<(&str, &str)>) -> SmtpServer {
    SmtpServer::start_on(TcpListener::bind("127.0.0.1:0").unwrap(), certificate, login)
}

fn client(port: u16, tls: SmtpTls, trusted: &TestCertificate, login: Option<(&str, &str)>) -> Smtp {
    let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
    Smtp::new("localhost", port, tls, Some(trusted.pem.as_bytes()), login, sender()).unwrap()
}

/// NOT-04: with STARTTLS and a trusted certificate Insula signs in and sends the mail.
#[actix_web::test]
async fn a_mail_leaves_over_starttls_with_a_password() {
    let app = TestApp::start().await;
    let certificate = TestCertificate::of("localhost");
    let server = server(Some(&certificate), Some(LOGIN));
    one_due(&app);
    assert_eq!(app.send_all(&client(server.port, SmtpTls::Required, &certificate, Some(LOGIN))), 1);
    assert_eq!(standing(&app), ("sent".into(), 1, String::new()));
    let got = server.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].login, Some((LOGIN.0.to_owned(), LOGIN.1.to_owned())));
}

/// NOT-04: an untrusted certificate, one of another host, or a server without STARTTLS ends the connection before
/// anything is sent. The mail waits.
#[actix_web::test]
async fn without_a_trusted_certificate_nothing_is_sent() {
    let right = TestCertificate::of("localhost");
    let stranger = TestCertificate::of("localhost");
    let other_host = TestCertificate::of("other.example");
    for (what, offered, trusted) in [
        ("not trusted", Some(&stranger), &right),
        ("of another host", Some(&other_host), &other_host),
        ("without STARTTLS", None, &right),
    ] {
        let app = TestApp::start().await;
        let server = server(offered, None);
        one_due(&app);
        assert!(app.send_next(&client(server.port, SmtpTls::Required, trusted, None)).is_some());
        let (state, attempts, error) = standing(&app);
        assert_eq!((state.as_str(), attempts), ("waiting", 1), "{what}: {error}");
        assert!(server.got().is_empty(), "{what}");
        println!("{what}: {error}");
    }
}

/// NOT-04: with a wrong password the mail waits until the settings are corrected, and the password is not stored.
#[actix_web::test]
async fn with_a_wrong_password_the_mail_waits() {
    let app = TestApp::start().await;
    let certificate = TestCertificate::of("localhost");
    let server = server(Some(&certificate), Some(LOGIN));
    one_due(&app);
    let wrong = client(server.port, SmtpTls::Required, &certificate, Some(("insula", "canary-password")));
    assert!(app.send_next(&wrong).is_some());
    let (state, _, error) = standing(&app);
    assert_eq!(state, "waiting");
    assert!(error.contains("535") && !error.contains("canary"), "{error}");
    let without = client(server.port, SmtpTls::Required, &certificate, None);
    app.clock.advance(chrono::TimeDelta::seconds(2));
    assert!(app.send_next(&without).is_some());
    assert!(server.got().is_empty());
}

/// NOT-04: TLS from the first byte.
#[actix_web::test]
async fn a_mail_leaves_over_implicit_tls() {
    let app = TestApp::start().await;
    let certificate = TestCertificate::of("localhost");
    let server = server(None, None);
    let key = PrivateKeyDer::try_from(certificate.key.clone()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der.clone().into()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, inner) = (listener.local_addr().unwrap().port(), server.port);
    actix_web::rt::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut to = tokio::net::TcpStream::connect(("127.0.0.1", inner)).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut to).await;
        }
    });
    one_due(&app);
    let (app, stranger) = (Arc::new(app), TestCertificate::of("localhost"));
    for (trusted, state) in [(&stranger, "waiting"), (&certificate, "sent")] {
        let client = client(port, SmtpTls::Implicit, trusted, None);
        app.clock.advance(chrono::TimeDelta::seconds(2));
        let sending = Arc::clone(&app);
        tokio::task::spawn_blocking(move || assert!(sending.send_next(&client).is_some())).await.unwrap();
        let (found, _, error) = standing(&app);
        assert_eq!(found, state, "{error}");
    }
    assert_eq!(server.got().len(), 1);
}
