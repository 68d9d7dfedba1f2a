//! The first door: how many connections are open, in all and from one address. It costs the same whatever is sent, and
//! closes what is too much before a byte of it is read.

use std::{
    any::Any,
    collections::HashMap,
    net::{IpAddr, Shutdown, TcpStream},
    os::fd::AsFd,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{dev::Extensions, rt::net};

/// How many connections may be open.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// In all.
    pub whole: usize,
    /// From one address.
    pub of_address: usize,
}

/// The door of a service.
#[derive(Debug)]
pub struct Door {
    limits: Limits,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that came in; it is counted until this is dropped.
struct Inside {
    door: Arc<Door>,
    address: IpAddr,
}

impl Door {
    /// A door with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Door> {
        Arc::new(Door { limits, open: Mutex::default() })
    }

    /// Counts a new connection, or closes it.
    pub fn on_connect(self: &Arc<Door>, connection: &dyn Any, extensions: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<net::TcpStream>() else { return };
        let Ok(address) = stream.peer_addr() else { return };
        match self.enter(address.ip()) {
            Some(inside) => drop(extensions.insert(inside)),
            None => {
                // Only the whole connection can be closed here: its owner sees the end and lets it go.
                if let Ok(own) = stream.as_fd().try_clone_to_owned() {
                    let _ = TcpStream::from(own).shutdown(Shutdown::Both);
                }
            }
        }
    }

    fn enter(self: &Arc<Door>, address: IpAddr) -> Option<Inside> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let from_here = open.get(&address).copied().unwrap_or_default();
        if from_here >= self.limits.of_address || open.values().sum::<usize>() >= self.limits.whole {
            return None;
        }
        open.insert(address, from_here + 1);
        Some(Inside { door: Arc::clone(self), address })
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let mut open = self.door.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.address) {
            Some(1) | None => drop(open.remove(&self.address)),
            Some(count) => *count -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SYS-03: no more than allowed are inside, in all and from one address, and those that left count no more.
    #[test]
    fn the_door_counts() {
        let door = Door::new(Limits { whole: 3, of_address: 2 });
        let from = |last: u8| IpAddr::from([127, 0, 0, last]);
        let mut inside = vec![door.enter(from(1)).unwrap(), door.enter(from(1)).unwrap()];
        assert!(door.enter(from(1)).is_none(), "two from one address");
        inside.push(door.enter(from(2)).unwrap());
        assert!(door.enter(from(3)).is_none(), "three in all");
        inside.clear();
        assert!(door.open.lock().unwrap().is_empty());
        assert!(door.enter(from(1)).is_some());
    }
}
