/** Budgets and gates in Redis, one for all replicas, by Redis' clock. */

import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Vendor } from "../../domain/errors.ts";
import { admissionOf, limits } from "../limits.ts";
import type { Gate, Store } from "../store.ts";
import type { RedisConnection } from "./connection.ts";
import { admit, closeGate, openGate, runScript } from "./scripts.ts";

type Gates = Pick<Store, "admit" | "closeGate" | "openGate" | "readGates">;

const vendors: readonly Vendor[] = ["pagerduty", "notion", "jira"];
const AdmitReply = z.tuple([z.number(), z.string(), z.string().nullable(), z.number()]);
const CloseReply = z.tuple([z.number(), z.number(), z.number()]);
const GateFields = z.object({
  until: z.coerce.number(),
  failures: z.coerce.number(),
  reason: z.string(),
});

export function createGates(connection: RedisConnection, prefix: string): Gates {
  return {
    async admit(vendor, { limit, windowMs }) {
      const redis = await connection.commands();
      const [waitMs, why, reason, probe] = AdmitReply.parse(
        await runScript(
          redis,
          admit,
          [`${prefix}:gate:${vendor}`, `${prefix}:calls:${vendor}`],
          [limit, windowMs, limits.probeMs, randomUUID()],
        ),
      );
      return admissionOf({ waitMs, why, reason, probe: probe === 1 });
    },
    async closeGate(vendor, { pauseMs, reason, firstMs, maxMs }) {
      const redis = await connection.commands();
      const [until, failures, pause] = CloseReply.parse(
        await runScript(
          redis,
          closeGate,
          [`${prefix}:gate:${vendor}`],
          [pauseMs ?? "", firstMs, maxMs, Math.random(), reason],
        ),
      );
      return { until: new Date(until), failures, reason, pauseMs: pause };
    },
    async openGate(vendor) {
      const redis = await connection.commands();
      await runScript(redis, openGate, [`${prefix}:gate:${vendor}`], []);
    },
    async readGates() {
      const redis = await connection.commands();
      const stored = await Promise.all(
        vendors.map((vendor) => redis.hgetall(`${prefix}:gate:${vendor}`)),
      );
      const gates: Partial<Record<Vendor, Gate>> = {};
      for (const [index, vendor] of vendors.entries()) {
        const fields = GateFields.safeParse(stored[index]);
        if (fields.success) {
          const { until, failures, reason } = fields.data;
          gates[vendor] = { until: new Date(until), failures, reason };
        }
      }
      return gates;
    },
  };
}
