/** The account "Acme": its people, teams, services, policies and priorities. Fixed ids. */

import { cast } from "../core/cast.ts";
import type { EscalationPolicy, Priority, Service, Team, User } from "./model.ts";

export interface Account {
  readonly users: Map<string, User>;
  readonly teams: readonly Team[];
  readonly services: readonly [Service, ...Service[]];
  readonly policies: readonly [EscalationPolicy, ...EscalationPolicy[]];
  readonly priorities: readonly Priority[];
}

const jobs: readonly (readonly [id: string, jobTitle: string, timeZone: string])[] = [
  ["PADA001", "Site reliability engineer", "Europe/London"],
  ["PBEN002", "Backend engineer", "Europe/Stockholm"],
  ["PCHL003", "Incident commander", "Asia/Tokyo"],
  ["PDIE004", "Backend engineer", "Europe/Rome"],
  ["PESR005", "Database engineer", "Europe/Istanbul"],
  ["PFAR006", "Platform lead", "Asia/Dubai"],
  ["PGRA007", "Support lead", "Africa/Lagos"],
  ["PHEN008", "Contractor", "Europe/Amsterdam"],
];

/** The user behind the token of a bot; its e-mail address is what PAGERDUTY_FROM wants. */
export const botEmail = "debrief@acme.example";

/** A user who left: references still name her, but she cannot be read any more. */
const departed = { id: "PIVY009", name: "Ivy Sandoval" };

const platform: Team = { id: "PTPLAT1", name: "Platform" };
const payments: Team = { id: "PTPAYM2", name: "Payments" };

export function createAccount(): Account {
  const users = createUsers();
  return {
    users: new Map(users.map((user) => [user.id, user])),
    teams: [platform, payments],
    services: createServices(),
    policies: [
      {
        id: "PPOLDF1",
        name: "Production on-call",
        levels: [["PADA001", "PBEN002"], ["PFAR006", "PCHL003"], [departed.id]],
      },
      { id: "PPOLPY2", name: "Payments on-call", levels: [["PDIE004"], ["PESR005"]] },
    ],
    priorities: createPriorities(),
  };
}

function createUsers(): User[] {
  const members = cast.map((person, index): User => {
    const [id, jobTitle, timeZone] = jobs[index] ?? [`PUSER0${index}`, "Engineer", "Etc/UTC"];
    return {
      id,
      name: person.name,
      // A contractor whose address this token may not see.
      email: person.inNotion === "guest" ? null : person.email,
      jobTitle,
      timeZone,
      role: index === 0 ? "admin" : "user",
      phone: `+1555555010${index}`,
      teamIds: [index % 2 === 0 ? platform.id : payments.id],
      deleted: false,
    };
  });
  const rest = { timeZone: "Etc/UTC", role: "user", teamIds: [], phone: "+15555550199" };
  return [
    ...members,
    { ...rest, id: "PBOT010", name: "Debrief", email: botEmail, jobTitle: "Bot", deleted: false },
    { ...rest, ...departed, email: "ivy@acme.example", jobTitle: "Engineer", deleted: true },
  ];
}

function createServices(): readonly [Service, ...Service[]] {
  const production = "PPOLDF1";
  return [
    {
      id: "PSCHECK",
      name: "Checkout API",
      description: "Takes orders from the web shop and the apps",
      teamIds: [payments.id],
      escalationPolicyId: production,
      integrations: [
        { id: "PINTDD1", name: "Datadog" },
        { id: "PINTCE2", name: "Deploys" },
      ],
    },
    {
      id: "PSPAYMT",
      name: "Payments worker",
      description: "Charges cards and settles with the banks",
      teamIds: [payments.id],
      escalationPolicyId: "PPOLPY2",
      integrations: [{ id: "PINTPR3", name: "Prometheus" }],
    },
    {
      id: "PSPSTGR",
      name: "PostgreSQL cluster",
      description: "The primary database and its replicas",
      teamIds: [platform.id],
      escalationPolicyId: production,
      integrations: [{ id: "PINTGR4", name: "Grafana" }],
    },
  ];
}

function createPriorities(): Priority[] {
  const colors = ["a8171c", "eb6016", "f9b406", "0d4d7f", "555555"];
  return colors.map((color, index) => ({
    id: `PPRIO0${index + 1}`,
    name: `P${index + 1}`,
    order: 2 ** (20 - index),
    color,
  }));
}
