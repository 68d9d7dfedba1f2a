//! A large answer on its way out that is only given when it is whole: kept in a file that has no name and is encrypted,
//! because it holds identities (BEN-04).

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    sync::Arc,
};

use actix_web::web;
use futures_util::{Stream, stream};
use insula_persistence::keys::Keys;
use uuid::Uuid;

/// How much is sealed at once.
const PIECE: usize = 256 * 1024;

/// Bytes being kept. The file is gone with it.
pub struct Spool {
    file: File,
    keys: Arc<Keys>,
    id: Uuid,
    waiting: Vec<u8>,
    pieces: u64,
}

impl Spool {
    /// An empty one, of an identifier that no other has.
    ///
    /// # Errors
    /// No file can be made.
    pub fn new(keys: Arc<Keys>, id: Uuid) -> io::Result<Spool> {
        Ok(Spool { file: tempfile::tempfile()?, keys, id, waiting: Vec::new(), pieces: 0 })
    }

    /// Sealed for its place in this spool alone.
    fn location(&self) -> String {
        format!("spool|{}|{}", self.id, self.pieces)
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let (sealed, version) = self.keys.seal(&self.location(), &self.waiting).map_err(io::Error::other)?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        self.file.write_all(&length.to_be_bytes())?;
        self.file.write_all(&version.to_be_bytes())?;
        self.file.write_all(&sealed)?;
        self.pieces += 1;
        self.waiting.clear();
        Ok(())
    }

    /// The next piece of what was kept; `None` at the end.
    fn next(&mut self) -> io::Result<Option<web::Bytes>> {
        let mut head = [0; 8];
        match self.file.read_exact(&mut head) {
            Err(end) if end.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let [a, b, c, d, version @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(io::Error::other)?;
        let mut sealed = vec![0; length];
        self.file.read_exact(&mut sealed)?;
        let version = i32::from_be_bytes(version);
        let plain = self.keys.open(&self.location(), &sealed, version).map_err(io::Error::other)?;
        self.pieces += 1;
        Ok(Some(plain.into()))
    }

    /// All that was kept, from the beginning.
    ///
    /// # Errors
    /// What waits cannot be written.
    pub fn give(mut self) -> io::Result<impl Stream<Item = io::Result<web::Bytes>>> {
        self.flush()?;
        self.file.rewind()?;
        self.pieces = 0;
        Ok(stream::try_unfold(self, |mut spool| async move {
            let read = web::block(move || spool.next().map(|piece| (piece, spool))).await.map_err(io::Error::other)?;
            let (piece, spool) = read?;
            Ok(piece.map(|piece| (piece, spool)))
        }))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;
    use insula_persistence::{Mode, keys::Keys};

    use super::*;

    /// BEN-04: what was kept comes back as it was, and is not readable in the file.
    #[actix_web::test]
    async fn what_was_kept_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        Keys::create_missing(folder.path(), Mode::Development).unwrap();
        let keys = Arc::new(Keys::read(folder.path()).unwrap());
        let bytes: Vec<u8> = (0..700_000_u32).flat_map(u32::to_be_bytes).collect();
        let mut spool = Spool::new(keys, Uuid::nil()).unwrap();
        bytes.chunks(99_991).for_each(|piece| spool.add(piece).unwrap());
        let mut file = spool.file.try_clone().unwrap();
        let given: Vec<web::Bytes> = spool.give().unwrap().try_collect().await.unwrap();
        assert_eq!(given.concat(), bytes);
        let mut kept = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut kept).unwrap();
        assert!(kept.len() > bytes.len() && !kept.windows(400).any(|window| window == &bytes[400..800]));
    }
}
