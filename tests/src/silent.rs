//! A port where nobody listens: held, so that no other test gets it meanwhile.

use std::net::TcpListener;

use tokio::net::TcpSocket;

/// A port of this machine that refuses connections for as long as the socket is held.
pub fn silent_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
}

/// The same port, listening from now on.
pub fn listening(silent: TcpSocket) -> TcpListener {
    let listener = silent.listen(16).unwrap().into_std().unwrap();
    listener.set_nonblocking(false).unwrap();
    listener
}
