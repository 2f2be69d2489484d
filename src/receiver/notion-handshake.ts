/**
 * Notion's handshake: it sends the verification token once, and a person has to paste it back into Notion.
 * The token becomes the key of all later signatures, so it is shown to the operator and to nobody else.
 */

import type { Logger } from "pino";
import { z } from "zod";
import { throttled } from "../domain/throttle.ts";
import { signatureHeader } from "./notion.ts";
import { parseJson } from "./reading.ts";
import { isSignedByNotion } from "./signature.ts";
import type { Incoming } from "./vendor.ts";

export interface Handshakes {
  /**
   * Takes what came before there is a token. "shown": a handshake, whose token the operator has seen or is
   * told how to see; "forged": its signature was not made with its own token; "none": anything else.
   */
  take(incoming: Incoming, from: string | undefined): "shown" | "forged" | "none";
}

/** Anybody may send one while there is no token, so a flood of them must not fill the log. */
const shownPerHourMax = 5;
const hourMs = 3_600_000;
const rememberedMax = 100;

/** Notion's have 50 characters: `secret_` and 43 letters and digits. No spaces, quotes or controls. */
const Handshake = z.object({ verification_token: z.string().regex(/^[\w.~+/=-]{8,256}$/) });

const nextSteps = [
  "Paste the value of `verification` into Notion: the connection's settings, Webhooks, Verify.",
  "Set NOTION_WEBHOOK_TOKEN to the same value.",
  "Restart Debrief, unless the token stands in the file of NOTION_WEBHOOK_TOKEN_FILE. Until then Notion's webhooks are answered 503, and Notion sends them again.",
  "If several values were shown, Notion accepts only its own: set the one that it accepted.",
];

export function createHandshakes(options: {
  readonly log: Logger;
  readonly now: () => Date;
}): Handshakes {
  const show = createDisplay(options);
  return {
    take(incoming, from) {
      const token = Handshake.safeParse(parseJson(incoming.body)).data?.verification_token;
      if (token === undefined) {
        return "none";
      }
      // Notion's documentation says that a handshake is signed; integrators have seen it unsigned.
      const signature = incoming.header(signatureHeader);
      if (signature !== undefined && !isSignedByNotion(incoming.body, signature, [token])) {
        return "forged";
      }
      show(token, from);
      return "shown";
    },
  };
}

/** Shows each token once, and at most five an hour. */
function createDisplay({
  log,
  now,
}: {
  readonly log: Logger;
  readonly now: () => Date;
}): (token: string, from: string | undefined) => void {
  const code = "NOTION_HANDSHAKE";
  const seen = new Set<string>();
  let shownAtMs: readonly number[] = [];
  const complain = throttled(log.warn.bind(log), () => now().getTime());
  return (token, from) => {
    if (seen.has(token)) {
      return;
    }
    const at = now().getTime();
    shownAtMs = shownAtMs.filter((ms) => at - ms < hourMs);
    if (shownAtMs.length >= shownPerHourMax) {
      complain({ code, from }, "handshake not shown, too many came: resend Notion's in an hour");
      return;
    }
    shownAtMs = [...shownAtMs, at];
    seen.add(token);
    if (seen.size > rememberedMax) {
      const [oldest] = seen;
      seen.delete(oldest ?? "");
    }
    // The field's name must not be one that the log takes for a secret's: this is the one that is shown.
    log.warn({ code, verification: token, from, nextSteps }, "Notion wants its webhook verified");
  };
}
