/**
 * Recorded answers of the real PagerDuty, where somebody has some: every record in every file is read.
 * They stand beside the project; without them this is skipped.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as schema from "./schema.ts";
import { toAlert, toIncident, toLogEntry, toNote } from "./translate.ts";

const folder = new URL("../../../../shared/samples/pagerduty/rest/", import.meta.url);
const files = existsSync(folder)
  ? readdirSync(folder).filter((file) => file.endsWith(".json"))
  : [];
if (files.length === 0) {
  process.stderr.write("PagerDuty samples: skipped, there are none beside the project\n");
}

const list = z.array(z.unknown()).optional();
const Answer = z.object({
  incident: z.unknown().optional(),
  incidents: list,
  log_entries: list,
  alerts: list,
  notes: list,
});

describe.skipIf(files.length === 0)("recorded answers", () => {
  it.each(files)("%s is read in full", (file) => {
    const answer = Answer.parse(JSON.parse(readFileSync(new URL(file, folder), "utf8")));
    const incidents = [
      ...(answer.incidents ?? []),
      ...(answer.incident === undefined ? [] : [answer.incident]),
    ];
    const records = [
      ...incidents.map((raw) => toIncident(schema.Incident.parse(raw), "https://app.example")),
      ...(answer.log_entries ?? []).map((raw) => toLogEntry(schema.LogEntry.parse(raw))),
      ...(answer.alerts ?? []).map((raw) => toAlert(schema.Alert.parse(raw))),
      ...(answer.notes ?? []).map((raw) => toNote(schema.Note.parse(raw))),
    ];
    expect(records).not.toHaveLength(0);
    expect(records).not.toContain(undefined);
    // The recorded answers hold made-up numbers of this form.
    expect(JSON.stringify(records)).not.toMatch(/\+1?555\d{7}/);
  });
});
