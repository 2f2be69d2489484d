/** The people of Acme, the company that every sandbox plays. The e-mail address joins the vendors. */

export interface Person {
  readonly name: string;
  readonly email: string;
  /** How Notion shows this person: a member, a member whose address is hidden, or an unlisted guest. */
  readonly inNotion: "member" | "hidden email" | "guest";
}

export const cast = [
  { name: "Ada Okafor", email: "ada.okafor@acme.example", inNotion: "member" },
  { name: "Ben Lindqvist", email: "ben.lindqvist@acme.example", inNotion: "member" },
  { name: "Chloe Tanaka", email: "chloe.tanaka@acme.example", inNotion: "member" },
  { name: "Diego Marchetti", email: "diego.marchetti@acme.example", inNotion: "member" },
  { name: "Esra Yilmaz", email: "esra.yilmaz@acme.example", inNotion: "member" },
  { name: "Farid Haddad", email: "farid.haddad@acme.example", inNotion: "member" },
  { name: "Grace Nwosu", email: "grace.nwosu@acme.example", inNotion: "hidden email" },
  { name: "Henrik Vos", email: "henrik.vos@acme.example", inNotion: "guest" },
] as const satisfies readonly Person[];
