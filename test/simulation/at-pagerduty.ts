/** What happens at PagerDuty in a simulated world. */

import { hostile, known, person, pick, type Doing } from "./doing.ts";
import type { World } from "./world.ts";

interface IncidentState {
  readonly id: string;
  readonly status: string;
  readonly priority: string | null;
  readonly merged: boolean;
}

/** The incidents as PagerDuty has them. */
export function incidentsOf({ pagerduty }: World): IncidentState[] {
  const { incidents } = pagerduty.state() as { incidents: Record<string, unknown>[] };
  return incidents.map((one) => {
    const priority = one["priority"];
    return {
      id: String(one["id"]),
      status: String(one["status"]),
      priority:
        typeof priority === "object" && priority !== null && "summary" in priority
          ? String(priority.summary)
          : typeof priority === "string"
            ? priority
            : null,
      merged: JSON.stringify(one).includes("merge_log_entry"),
    };
  });
}

function incident({ world, random }: Doing): IncidentState | undefined {
  return pick(random, incidentsOf(world));
}

export function trigger(doing: Doing): boolean {
  const { world, random } = doing;
  if (incidentsOf(world).length >= 5) {
    return false;
  }
  const made = world.pagerduty.act({
    do: "trigger",
    title: `Incident ${hostile(doing)}`,
    service: "Checkout API",
    alert: { summary: `alert ${hostile(doing)}` },
  }).incident;
  if (made !== undefined && random.chance(0.85)) {
    const id = made.id;
    const priority = pick(random, ["P1", "P1", "P1", "P2", "P3"]) ?? "P1";
    setTimeout(() => {
      world.tell(`${id} becomes ${priority}`);
      world.pagerduty.act({ do: "setPriority", incident: id, priority });
    }, random.integer(30_000));
  }
  return true;
}

export function actOnIncident(doing: Doing): boolean {
  const { world, random, people } = doing;
  const one = incident(doing);
  if (one === undefined) {
    return false;
  }
  const { pagerduty } = world;
  const by = pick(random, known) ?? "Ada Okafor";
  const said = doing.word();
  function remember(): void {
    people.words.set(one?.id ?? "", [...(people.words.get(one?.id ?? "") ?? []), said]);
  }
  const base = { incident: one.id, by };
  const isOpen = one.status !== "resolved";
  const kind = random.integer(14);
  world.tell(`incident ${one.id} (${one.status}): act ${String(kind)} ${said}`);
  if (kind <= 2) {
    pagerduty.act({ do: "note", ...base, content: `note ${said} ${hostile(doing)}` });
    remember();
  } else if (kind === 3) {
    pagerduty.act({ do: "statusUpdate", ...base, message: `update ${said}` });
    remember();
  } else if (kind === 4 && isOpen) {
    pagerduty.act({ do: "addAlert", ...base, alert: { summary: `more ${said}` } });
    remember();
  } else if (kind === 5 && one.status === "triggered") {
    pagerduty.act({ do: "acknowledge", ...base });
  } else if (kind === 6 && isOpen) {
    pagerduty.act({ do: "escalate", ...base });
  } else if (kind === 7 && isOpen) {
    pagerduty.act({ do: "reassign", ...base, to: [person(random)] });
  } else if (kind === 8) {
    const priority = pick(random, ["P1", "P2", "P2", "P3", null]) ?? null;
    pagerduty.act({ do: "setPriority", ...base, priority });
  } else if (kind === 9 && isOpen) {
    pagerduty.act({ do: "changeTitle", ...base, title: `Renamed ${hostile(doing)}` });
  } else if (kind <= 11 && isOpen) {
    pagerduty.act({
      do: "resolve",
      ...base,
      ...(random.chance(0.3) ? { note: `fixed ${said}` } : {}),
    });
  } else if (kind === 12 && !isOpen && !one.merged) {
    pagerduty.act({ do: "reopen", ...base });
  } else if (kind === 13 && isOpen) {
    const into = pick(
      random,
      incidentsOf(world).filter(({ id, status }) => id !== one.id && status !== "resolved"),
    );
    if (into === undefined) {
      return false;
    }
    pagerduty.act({ do: "merge", ...base, into: into.id });
  } else {
    return false;
  }
  return true;
}
