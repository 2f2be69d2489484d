/**
 * The control API that every vendor's sandbox has, beside what the vendor adds:
 * state, faults, calls, clock and reset under /_sandbox/.
 */

import { z } from "zod";
import type { CallLog } from "./calls.ts";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { Route } from "./router.ts";

export interface ControlParts {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly state: () => unknown;
  readonly reset: () => void;
}

const ClockMove = z.union([
  z.object({ advanceMs: z.number().nonnegative() }),
  z.object({ set: z.iso.datetime({ offset: true }) }),
]);

/**
 * GET state · GET, POST, DELETE faults and DELETE faults/:id · GET, DELETE calls ·
 * GET, POST clock (`advanceMs` or `set`) · POST reset.
 */
export function controlRoutes(parts: ControlParts): Route[] {
  const { clock, faults, calls } = parts;

  function clockAnswer(): { status: number; body: unknown } {
    return { status: 200, body: { now: clock.now().toISOString() } };
  }

  return [
    {
      method: "GET",
      path: "/_sandbox/state",
      handle: () => ({ status: 200, body: parts.state() }),
    },
    ...faultRoutes(faults),
    {
      method: "GET",
      path: "/_sandbox/calls",
      handle: () => ({ status: 200, body: calls.summary() }),
    },
    {
      method: "DELETE",
      path: "/_sandbox/calls",
      handle() {
        calls.clear();
        return { status: 204 };
      },
    },
    { method: "GET", path: "/_sandbox/clock", handle: clockAnswer },
    {
      method: "POST",
      path: "/_sandbox/clock",
      async handle({ body }) {
        const move = ClockMove.parse(body);
        await ("set" in move ? clock.set(new Date(move.set)) : clock.advance(move.advanceMs));
        return clockAnswer();
      },
    },
    {
      method: "POST",
      path: "/_sandbox/reset",
      handle() {
        faults.clear();
        faults.clearCounts();
        calls.clear();
        parts.reset();
        return { status: 204 };
      },
    },
  ];
}

function faultRoutes(faults: Faults): Route[] {
  return [
    {
      method: "GET",
      path: "/_sandbox/faults",
      handle: () => ({ status: 200, body: { faults: faults.list(), injected: faults.counts() } }),
    },
    {
      method: "POST",
      path: "/_sandbox/faults",
      handle: ({ body }) => ({ status: 201, body: { id: faults.addUnchecked(body) } }),
    },
    {
      method: "DELETE",
      path: "/_sandbox/faults",
      handle() {
        faults.clear();
        return { status: 204 };
      },
    },
    {
      method: "DELETE",
      path: "/_sandbox/faults/:id",
      handle: ({ params }) => ({ status: faults.remove(params["id"] ?? "") ? 204 : 404 }),
    },
  ];
}
