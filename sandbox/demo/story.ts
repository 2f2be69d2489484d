/** The demo's incident: a realistic P1 from trigger to resolve, as acts of people and machines, with what the narrator says. */

import type { ActInput } from "../pagerduty/acts.ts";

export interface Chapter {
  /** Minutes after the trigger, as the records will say. */
  readonly minute: number;
  readonly tells: string;
  /** Takes the incident's id ("" before it exists). */
  readonly acts: (incident: string) => readonly ActInput[];
}

export const storyTitle = "Checkout fails for 38 % of customers in the EU";
/** Length of the incident in minutes, from trigger to resolve. */
export const storyMinutes = 47;

export const beforehand: Chapter = {
  minute: -9,
  tells: "A deploy goes out. Nobody thinks of it yet.",
  acts: () => [
    {
      do: "recordChange",
      summary: "checkout-api 2026.11.20-3: new connection pool settings",
      service: "Checkout API",
    },
  ],
};

export const trigger: Chapter = {
  minute: 0,
  tells: "Datadog triggers an incident. Like most, it has no priority yet.",
  acts: () => [
    {
      do: "trigger",
      title: storyTitle,
      service: "Checkout API",
      alert: {
        summary: "5xx rate on POST /orders is 38 % (threshold 2 %)",
        severity: "critical",
        source: "checkout-api-eu-3",
        details: {
          query: "sum:http.errors{service:checkout-api,region:eu}",
          authorization: "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.c2lnbmF0dXJlLWZvci1kZW1v",
        },
      },
    },
  ],
};

/** What follows once the incident exists. */
export const chapters: readonly Chapter[] = [
  {
    minute: 1,
    tells: "An automation makes it a P1. From now on it has a post-mortem.",
    acts: (incident) => [{ do: "setPriority", incident, priority: "P1" }],
  },
  {
    minute: 2,
    tells: "Ada acknowledges.",
    acts: (incident) => [{ do: "acknowledge", incident, by: "Ada Okafor" }],
  },
  {
    minute: 6,
    tells: "More alerts arrive. No webhook tells of them.",
    acts: (incident) => [
      {
        do: "addAlert",
        incident,
        alert: { summary: "Order queue is 4,100 deep", severity: "error", source: "orders-eu" },
      },
      {
        do: "addAlert",
        incident,
        alert: {
          summary: "Database connections at 100 % of max_connections",
          severity: "critical",
          source: "pg-primary-eu",
        },
      },
    ],
  },
  {
    minute: 9,
    tells: "Ada escalates; Farid and Chloe are paged.",
    acts: (incident) => [{ do: "escalate", incident, by: "Ada Okafor" }],
  },
  {
    minute: 11,
    tells: "Esra from databases is asked for help and joins.",
    acts: (incident) => [
      {
        do: "requestResponder",
        incident,
        by: "Ada Okafor",
        responder: "Esra Yilmaz",
        message: "All connections of the primary are taken, please look",
      },
      { do: "reply", incident, by: "Esra Yilmaz", accepts: true },
    ],
  },
  {
    minute: 16,
    tells: "A wrong guess is written down, and customers are told.",
    acts: (incident) => [
      {
        do: "note",
        incident,
        by: "Ada Okafor",
        content:
          "Suspected the card provider: their status page is green and latency is normal. Ruled out.",
      },
      {
        do: "statusUpdate",
        incident,
        by: "Chloe Tanaka",
        message: "We are investigating failing checkouts in the EU. Next update in 20 minutes.",
      },
    ],
  },
  {
    minute: 27,
    tells: "The deploy is found, in a note that carries a password by mistake.",
    acts: (incident) => [
      {
        do: "note",
        incident,
        by: "Esra Yilmaz",
        content:
          "Pool size went from 20 to 200 with deploy 2026.11.20-3. Tried psql postgres://admin:hunter2@pg-primary-eu/orders: too many clients. Rolling back.",
      },
    ],
  },
  {
    minute: 41,
    tells: "The rollback is out; errors fall.",
    acts: (incident) => [
      {
        do: "note",
        incident,
        by: "Ada Okafor",
        content: "Rollback done. 5xx below 0.1 %, queue drained.",
      },
      {
        do: "statusUpdate",
        incident,
        by: "Chloe Tanaka",
        message: "Checkout works again. We keep watching and will publish a review.",
      },
    ],
  },
  {
    minute: storyMinutes,
    tells: "Ada resolves the incident.",
    acts: (incident) => [
      {
        do: "resolve",
        incident,
        by: "Ada Okafor",
        note: "Rolled back the connection pool settings",
        noteAt: "after",
      },
    ],
  },
];
