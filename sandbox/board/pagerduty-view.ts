/** What the board shows of PagerDuty: the incidents, and one of them with its log and its buttons. */

import { z } from "zod";
import { html, person, type Html } from "./html.ts";

const Named = z.object({ summary: z.string() });

const Incident = z.object({
  id: z.string(),
  incident_number: z.number(),
  title: z.string(),
  status: z.enum(["triggered", "acknowledged", "resolved"]),
  urgency: z.string(),
  created_at: z.string(),
  html_url: z.string(),
  service: Named,
  escalation_policy: Named,
  priority: Named.extend({ color: z.string().optional() }).nullish(),
  assignments: z.array(z.object({ assignee: Named })),
  notes: z.array(z.object({ id: z.string(), user: Named, content: z.string() })),
  log_entries: z.array(
    z.object({ id: z.string(), type: z.string(), createdAt: z.coerce.date(), summary: z.string() }),
  ),
  alerts: z.array(z.object({ id: z.string(), summary: z.string(), status: z.string() })),
});
export type Incident = z.infer<typeof Incident>;

const State = z.object({ incidents: z.array(Incident) });

/** The incidents of the account's state, newest first. */
export function incidentsOf(state: unknown): Incident[] {
  return State.parse(state).incidents.toReversed();
}

export function renderList(incidents: readonly Incident[], selected: string | undefined): Html {
  if (incidents.length === 0) {
    return html`<p class="soft pad">No incidents. Trigger one above.</p>`;
  }
  return html`<ul class="incidents">
    ${incidents.map((one) => renderCard(one, one.id === selected))}
  </ul>`;
}

function renderCard(incident: Incident, isSelected: boolean): Html {
  const { id, incident_number, title, service } = incident;
  const current = isSelected ? html` aria-current="true"` : "";
  return html`<li>
    <a href="/?incident=${id}" ${current}>
      <span class="card-top"
        >${priority(incident)}<span class="soft">#${incident_number}</span>${status(incident)}</span
      >
      <span class="card-title">${title}</span>
      <span class="soft">${service.summary} · ${timeOf(new Date(incident.created_at))}</span></a
    >
  </li>`;
}

function priority({ priority: given }: Incident): Html {
  if (given === null || given === undefined) {
    return html`<span class="priority none">–</span>`;
  }
  const level = /^P([1-5])$/u.exec(given.summary)?.[1] ?? "other";
  return html`<span class="priority p-${level}">${given.summary}</span>`;
}

function status(incident: Incident): Html {
  return html`<span class="pd-status ${incident.status}">${incident.status}</span>`;
}

/** The head of an incident and the buttons that fit its status. */
export function renderIncident(incident: Incident): Html {
  const assigned = incident.assignments.map(({ assignee }) => person(assignee.summary));
  return html`<h2 class="incident-title">
      <span class="soft">#${incident.incident_number}</span> ${incident.title}
    </h2>
    <p class="facts">
      ${priority(incident)}${status(incident)}<span class="soft">${incident.urgency} urgency</span>
    </p>
    <dl class="pd-facts">
      <dt>Service</dt>
      <dd>${incident.service.summary}</dd>
      <dt>Assigned to</dt>
      <dd>${assigned.length === 0 ? html`<span class="soft">nobody</span>` : assigned}</dd>
      <dt>Alerts</dt>
      <dd>${incident.alerts.length}</dd>
    </dl>
    <div class="buttons">${renderButtons(incident)}</div>`;
}

function renderButtons(incident: Incident): Html[] {
  const isOpen = incident.status !== "resolved";
  const now = incident.priority?.summary;
  const choices = ["P1", "P2", "P3", "P4", "P5"].map((one) =>
    one === now ? html`<option selected>${one}</option>` : html`<option>${one}</option>`,
  );
  return [
    html`${isOpen && incident.status === "triggered" ? button(incident, "acknowledge", "Acknowledge") : ""}`,
    html`${isOpen ? button(incident, "resolve", "Resolve") : button(incident, "reopen", "Reopen")}`,
    html`${isOpen ? button(incident, "escalate", "Escalate") : ""}`,
    html`<form method="post" action="/act" data-live>
      <input type="hidden" name="do" value="setPriority" /><input
        type="hidden"
        name="incident"
        value="${incident.id}"
      />
      <label
        >Priority
        <select name="priority" aria-label="Priority">
          ${now === undefined ? html`<option value="" selected>none</option>` : ""}${choices}
        </select></label
      ><button class="minor">Set</button>
    </form>`,
  ];
}

function button(incident: Incident, what: string, label: string): Html {
  return html`<form method="post" action="/act" data-live>
    <input type="hidden" name="do" value="${what}" /><input
      type="hidden"
      name="incident"
      value="${incident.id}"
    /><button class="${what}">${label}</button>
  </form>`;
}

/** Notes and updates: forms that stay while the rest is refreshed, so that typing is not lost. */
export function renderTalk(incident: Incident): Html {
  const hidden = html`<input type="hidden" name="incident" value="${incident.id}" />`;
  return html`<form method="post" action="/act" data-live class="line">
      <input type="hidden" name="do" value="note" />${hidden}
      <input
        name="text"
        required
        maxlength="2000"
        placeholder="Add a note"
        aria-label="Note"
      /><button>Note</button>
    </form>
    <form method="post" action="/act" data-live class="line">
      <input type="hidden" name="do" value="statusUpdate" />${hidden}
      <input
        name="text"
        required
        maxlength="2000"
        placeholder="Tell stakeholders"
        aria-label="Status update"
      /><button>Update</button>
    </form>`;
}

/** The log, newest first; notes with what they say. */
export function renderLog(incident: Incident): Html {
  const notes = [...incident.notes];
  const entries = incident.log_entries.map((entry) => {
    const note = entry.type === "annotate_log_entry" ? notes.shift() : undefined;
    const said = note === undefined ? "" : html`<span class="note">${note.content}</span>`;
    const kind = entry.type.replace("_log_entry", "").replace(/[^a-z_]/gu, "");
    return html`<li class="entry ${kind}" data-id="${entry.id}">
      <time datetime="${entry.createdAt.toISOString()}">${timeOf(entry.createdAt)}</time
      ><span>${entry.summary}${said}</span>
    </li>`;
  });
  return html`<ol class="log">
    ${entries.toReversed()}
  </ol>`;
}

/** Hours, minutes and seconds in UTC. */
function timeOf(at: Date): string {
  return Number.isNaN(at.getTime()) ? "" : at.toISOString().slice(11, 19);
}
