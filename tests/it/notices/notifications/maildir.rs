//! Without a mail server.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use insula_api::notices::mail::Maildir;
use insula_tests::{TestApp, app::keys_folder};

use super::{one_due, standing};

struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect())
        .unwrap_or_default();
    names.sort();
    names
}

/// NOT-04, NOT-05: without a mail server mails are written to a maildir, once each despite crashes, even if read
/// meanwhile, and are reported as not sent to anyone.
#[actix_web::test]
async fn a_maildir_contains_each_mail_once() {
    let app = TestApp::start().await;
    let name = format!("../maildir-{}-{}", std::process::id(), insula_tests::client::new_key());
    let folder = Folder(keys_folder().join(name));
    let maildir = Maildir(folder.0.clone());
    one_due(&app);
    let again = |app: &TestApp| {
        app.tamper(
            "UPDATE insula.mails SET state = 'waiting', sent_at = NULL, accepted = '{}' WHERE hospital = '71000436'",
        );
        assert!(app.send_next(&maildir).is_some());
        assert_eq!(standing(app).0, "sent");
    };
    again(&app);
    again(&app);
    let letter = "counter-A-350-71000436@healthdata.example";
    assert_eq!(files(&folder.0.join("new")), [letter]);
    assert_eq!(files(&folder.0.join("tmp")), [""; 0]);
    // Nobody else on the machine reads them, whatever the umask.
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for path in ["", "tmp", "new", "cur"].map(|name| folder.0.join(name)) {
        assert_eq!(mode(&path), 0o700, "{}", path.display());
    }
    assert_eq!(mode(&folder.0.join("new").join(letter)), 0o600);
    let text = fs::read_to_string(folder.0.join("new").join(letter)).unwrap();
    assert!(text.contains("Message-ID: <counter-A-350-71000436@healthdata.example>\r\n"), "{text}");
    fs::rename(folder.0.join("new").join(letter), folder.0.join("cur").join(format!("{letter}:2,S"))).unwrap();
    again(&app);
    assert_eq!(files(&folder.0.join("new")), [""; 0]);
    let shown = app.lead_a().get("/notifications").await.expect(200);
    assert_eq!((&shown.body["items"][0]["state"], &shown.body["items"][0]["via"]), (&"sent".into(), &"maildir".into()));
}

/// NOT-04: an unwritable maildir is treated like a server that is down.
#[actix_web::test]
async fn a_maildir_that_cannot_be_written_loses_nothing() {
    let app = TestApp::start().await;
    one_due(&app);
    // A file in place of the folder.
    let maildir = Maildir(keys_folder().join("trail-1"));
    assert!(app.send_next(&maildir).is_some());
    let (state, _, error) = standing(&app);
    assert_eq!(state, "waiting");
    assert!(error.contains("maildir"), "{error}");
}
