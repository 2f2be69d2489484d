/** A vendor without sockets: its requests come over a network inside this process, so that a simulation can own time and order. */

export interface NetworkRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An answer as it goes over the wire. */
export interface NetworkAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | number>>;
  readonly bytes: Buffer;
}

/** Where a request's answer goes: at most one of these, once; none of them is silence. */
export interface NetworkReply {
  send(answer: NetworkAnswer): void;
  /** Sends the first half of the body, and cuts the connection. */
  sendHalf(answer: NetworkAnswer): void;
  cut(): void;
}

export interface Network {
  /** Takes what answers the vendor's requests; gives the origin where others reach it, without a trailing slash. */
  listen(serve: (request: NetworkRequest, reply: NetworkReply) => Promise<void>): string;
}
