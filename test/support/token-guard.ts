/**
 * Stands between the service and a sandbox as the vendor's door: it lets in who has the token of the day, and
 * keeps what was sent to it. Tokens can be revoked and replaced here, which the sandboxes' own can't all be.
 */

import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { Vendor } from "../../src/domain/errors.ts";

export interface TokenGuard extends AsyncDisposable {
  readonly url: string;
  /** Where what is let in goes to, with the token that is known there. */
  forwardTo(sandbox: { readonly url: string; readonly token: string }): void;
  /** Only this token is let in from now on. */
  accept(token: string): void;
  /** Every request so far: when it came, and the token that it had. */
  requests(): readonly { readonly atMs: number; readonly token: string }[];
}

const forms: Readonly<
  Record<
    Vendor,
    { readonly of: (token: string) => string; readonly read: (text: string) => string }
  >
> = {
  pagerduty: {
    of: (token) => `Token token=${token}`,
    read: (text) => text.replace("Token token=", ""),
  },
  notion: { of: (token) => `Bearer ${token}`, read: (text) => text.replace("Bearer ", "") },
  jira: {
    // The sandbox takes both forms, and this one needs no address.
    of: (token) => `Bearer ${token}`,
    read: (text) =>
      Buffer.from(text.replace("Basic ", ""), "base64").toString().split(":").slice(1).join(":"),
  },
};

/** Takes the vendor and the token that is let in at first. Until it is told where to forward to, it lets in nobody. */
export async function startTokenGuard(vendor: Vendor, first: string): Promise<TokenGuard> {
  let accepted = first;
  let sandbox = { url: "", token: "" };
  const seen: { atMs: number; token: string }[] = [];
  const form = forms[vendor];
  const server = createServer((incoming, response) => {
    const token = form.read(incoming.headers.authorization ?? "");
    seen.push({ atMs: Date.now(), token });
    if (token !== accepted || sandbox.url === "") {
      refuse(incoming, response);
    } else {
      forward(incoming, response, { url: sandbox.url, authorization: form.of(sandbox.token) });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    forwardTo(target) {
      sandbox = target;
    },
    accept(token) {
      accepted = token;
    },
    requests: () => seen,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

function refuse(incoming: IncomingMessage, response: ServerResponse): void {
  incoming.resume();
  response.writeHead(401, { "content-type": "application/json" });
  response.end(JSON.stringify({ code: "unauthorized", message: "API token is invalid." }));
}

function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  to: { readonly url: string; readonly authorization: string },
): void {
  const target = new URL(`${to.url}${incoming.url ?? "/"}`);
  const { authorization } = to;
  const headers = { ...incoming.headers, host: target.host, authorization };
  const forwarded = request(target, { method: incoming.method, headers });
  forwarded.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  forwarded.on("error", () => response.destroy());
  incoming.pipe(forwarded);
}
