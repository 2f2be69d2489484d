/** Who may see details and give orders: who has the operator's token, or without one, this very machine. */

import type { FastifyReply, FastifyRequest } from "fastify";
import { isSameSecret } from "./signature.ts";

const loopbackAddresses = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
/** Set by proxies: behind one on this machine the whole world comes from loopback. */
const forwardedHeaders = ["forwarded", "x-forwarded-for", "x-real-ip"];
const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/**
 * With a token: only who presents it. Without: only a connection from loopback that was not made by a
 * web page (no Origin), meant this machine (Host) and came through no proxy, so that no site can reach it
 * through a browser and nobody else through a proxy.
 */
export function isOperator(request: FastifyRequest, token: string | undefined): boolean {
  if (token !== undefined) {
    const offered = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    return offered !== undefined && isSameSecret(offered, token);
  }
  return (
    loopbackAddresses.has(request.socket.remoteAddress ?? "") &&
    request.headers.origin === undefined &&
    forwardedHeaders.every((name) => request.headers[name] === undefined) &&
    loopbackHost.test(request.headers.host ?? "")
  );
}

/** A hook for routes that only the operator may call. */
export function operatorOnly(
  token: string | undefined,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    if (!isOperator(request, token)) {
      const message =
        token === undefined
          ? "only from this machine: set OPS_TOKEN to allow it from elsewhere"
          : "send the operator's token: Authorization: Bearer …";
      await reply
        .code(401)
        .header("www-authenticate", "Bearer")
        .send({ code: "OPERATOR_REQUIRED", message });
    }
  };
}
