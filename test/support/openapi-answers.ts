/** What the operator's API answers where something is known, for the tests of its document. */

const link = { kind: "incident", sync: { state: "converged", at: "2026-11-21T12:00:00Z" } };
export const described = { key: "incident:PT4KHLK", link, audit: [] };
export const deadLetter = {
  key: "incident:PT4KHLK",
  code: "NOTION_PAGE_FORBIDDEN",
  reason: "no access",
  attempts: 1,
  firstAt: new Date(0),
  lastAt: new Date(0),
};
export const describedItem = {
  key: "action-item:0f7c3a52-6d1e-4b8a-9c55-1f2e3d4c5b6a",
  link: {
    kind: "action-item",
    sync: { state: "converged", at: "2026-11-20T10:03:00.000Z" },
    issue: { id: "10001", key: "OPS-1" },
  },
  audit: [],
};
