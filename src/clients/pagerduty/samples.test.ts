/**
 * Recorded answers of the real PagerDuty, where somebody has some: every record in every file is read.
 * PAGERDUTY_SAMPLES names the directory with the JSON files; without it this is skipped.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import * as schema from "./schema.ts";
import { toAlert, toIncident, toLogEntry, toNote } from "./translate.ts";

// oxlint-disable-next-line node/no-process-env -- how a run of the tests is told about its samples
const { PAGERDUTY_SAMPLES: directory = "" } = process.env;
const files =
  directory !== "" && existsSync(directory)
    ? readdirSync(directory).filter((file) => file.endsWith(".json"))
    : [];
if (files.length === 0) {
  process.stderr.write(
    "PagerDuty samples: skipped, PAGERDUTY_SAMPLES names no directory of them\n",
  );
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
    const answer = Answer.parse(JSON.parse(readFileSync(join(directory, file), "utf8")));
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
