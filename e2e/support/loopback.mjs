/** Loaded before a server that would listen on every address: it listens on this machine's alone. */
import { Server } from "node:net";

const { listen } = Server.prototype;

Server.prototype.listen = function listenHere(port, ...rest) {
  return listen.call(this, port, "127.0.0.1", ...rest);
};
