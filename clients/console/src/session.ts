// Who is signed in, and what is offered to him. The server decides: this only
// keeps from a page what would be refused.
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { Refusal, exchange } from "./api";

export interface Caller {
  // "sp", "operator" or "auditor".
  kind: string;
  // Of a service provider its spid.
  name: string;
  role: string;
  // "member/alice"
  agent: string;
}

export interface Session {
  caller: Caller;
  expires_at: string;
}

const URL = "/console/session";

export async function currentSession(): Promise<Session | undefined> {
  try {
    return await exchange("get", URL) as Session;
  } catch (error) {
    if (error instanceof Refusal && error.problem.status === 401) {
      return undefined;
    }
    throw error;
  }
}

export async function signIn(token: string): Promise<Session> {
  return await exchange("post", URL, { token }) as Session;
}

export async function signOut(): Promise<void> {
  await exchange("delete", URL);
}

const SP_ROLES = ["auditor", "developer", "releaser", "owner"];

// What callers may, by the tables of the services (docs/architecture.md).
export class Rights {
  constructor(readonly caller: Caller) {}

  // Of the operators' side: sees devices, certificates and all tenants.
  get fleet(): boolean { return this.caller.kind !== "sp"; }
  get operates(): boolean {
    return this.caller.kind === "operator" && this.caller.role !== "approver";
  }
  get reviews(): boolean {
    return this.caller.kind === "operator" && this.caller.role !== "operator";
  }
  // The service provider of whom he is; none on the operators' side.
  get spid(): string | undefined {
    return this.caller.kind === "sp" ? this.caller.name : undefined;
  }
  get member(): string { return this.caller.agent.replace(/^member\//, ""); }

  pushes(spid: string): boolean { return this.least(spid, "developer"); }
  releases(spid: string): boolean { return this.least(spid, "releaser"); }
  owns(spid: string): boolean { return this.least(spid, "owner"); }
  // Tokens of a service provider, or of the operators' side ("").
  makesTokens(spid: string): boolean {
    return spid === "" ? this.caller.kind === "operator"
      : this.least(spid, "developer");
  }
  // At most his own.
  rolesToGive(): string[] {
    if (this.caller.kind !== "sp") return [this.caller.role];
    return SP_ROLES.slice(0, SP_ROLES.indexOf(this.caller.role) + 1);
  }

  private least(spid: string, role: string): boolean {
    if (this.caller.kind !== "sp") return this.operates;
    return this.caller.name === spid &&
      SP_ROLES.indexOf(this.caller.role) >= SP_ROLES.indexOf(role);
  }
}

const Context = createContext<Rights | undefined>(undefined);
export const RightsProvider = Context.Provider;

export function useRights(): Rights {
  const rights = useContext(Context);
  if (!rights) throw new Error("this page is for those who are signed in");
  return rights;
}
