// The shell: who is signed in, where one can go, and the page of the place.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { type Problem, onSignedOut, problemFrom } from "./api";
import { Application, Applications } from "./pages/applications";
import { Audit } from "./pages/audit";
import { Certificates } from "./pages/certificates";
import { Dashboard } from "./pages/dashboard";
import { DevicePage } from "./pages/device";
import { Devices, Sessions } from "./pages/devices";
import { Provider, Providers } from "./pages/providers";
import { Registrations } from "./pages/registrations";
import { Reviews } from "./pages/reviews";
import { SessionPage } from "./pages/sessions";
import { AcceptInvitation, Register, SignIn } from "./pages/strangers";
import { Team } from "./pages/team";
import { Upload } from "./pages/upload";
import { VersionPage } from "./pages/version";
import { WebhookPage } from "./pages/webhooks";
import { type Place, href, usePlace } from "./router";
import { Rights, RightsProvider, type Session, currentSession,
         signOut } from "./session";
import { Announcements, Page, ProblemNotice, announce } from "./ui";

// Pages that need nobody to be signed in.
function strangersPage(place: Place, enter: (session: Session) => void) {
  switch (place.path[0]) {
    case "register": return <Register />;
    case "invitation": return <AcceptInvitation enter={enter} />;
    default: return <SignIn enter={enter} />;
  }
}

function NotFound() {
  return (
    <Page title="There is nothing here">
      <p>This place doesn’t exist, or it isn’t for your role.
        {" "}<a href={href()}>Go to the start</a>.</p>
    </Page>
  );
}

function pageOf(place: Place, rights: Rights): ComponentChildren {
  const [area, a, b, c] = place.path;
  switch (area) {
    case undefined: return <Dashboard />;
    case "applications":
      if (a && b && c) {
        return <VersionPage spid={a} taid={b} version={c} />;
      }
      if (a && b) return <Application spid={a} taid={b} />;
      return <Applications />;
    case "upload":
      return rights.operates || rights.pushes(rights.spid ?? "")
        ? <Upload query={place.query} /> : <NotFound />;
    case "webhooks":
      if (!a || !b) return <NotFound />;
      return <WebhookPage spid={a} webhookId={b} query={place.query} />;
    case "reviews": return <Reviews query={place.query} />;
    case "providers":
      if (a) return <Provider spid={a} tab={b ?? ""} />;
      return rights.fleet ? <Providers /> : <NotFound />;
    default:
  }
  if (rights.fleet) {
    switch (area) {
      case "devices":
        return a ? <DevicePage did={a} /> : <Devices query={place.query} />;
      case "sessions":
        return a ? <SessionPage tid={a} /> : <Sessions />;
      case "registrations": return <Registrations query={place.query} />;
      case "certificates": return <Certificates query={place.query} />;
      case "audit": return <Audit query={place.query} />;
      case "team": return <Team tab={a ?? ""} />;
      default:
    }
  }
  return <NotFound />;
}

function placesFor(rights: Rights): [string, [string, string[]][]][] {
  const { spid } = rights;
  if (spid !== undefined) {
    return [
      ["Ship", [["Overview", []], ["Applications", ["applications"]],
                ["Reviews", ["reviews"]]]],
      ["Account", [
        ["Account", ["providers", spid]],
        ["Members", ["providers", spid, "members"]],
        ["Tokens", ["providers", spid, "tokens"]],
        ["Entitlements", ["providers", spid, "entitlements"]],
        ["Certificates", ["providers", spid, "certificates"]],
        ["Webhooks", ["providers", spid, "webhooks"]]]],
    ];
  }
  return [
    ["Fleet", [["Overview", []], ["Devices", ["devices"]],
               ["Sessions", ["sessions"]]]],
    ["Ship", [["Applications", ["applications"]], ["Reviews", ["reviews"]]]],
    ["Tenants", [["Registrations", ["registrations"]],
                 ["Service providers", ["providers"]]]],
    ["Trust", [["Certificates", ["certificates"]], ["Audit", ["audit"]],
               ["Team", ["team"]]]],
  ];
}

function Places({ place, rights }: { place: Place; rights: Rights }) {
  const [open, setOpen] = useState(false);
  const here = href(...place.path);
  useEffect(() => { setOpen(false); }, [here]);
  const groups = placesFor(rights);
  // The longest that leads here.
  const current = groups.flatMap(([, links]) => links)
    .map(([, to]) => href(...to))
    .filter((to) => here === to || (to !== href() && here.startsWith(to + "/")))
    .sort((x, y) => y.length - x.length)[0];
  return (
    <nav class="places" aria-label="Pages" data-open={open ? "yes" : "no"}>
      <button type="button" aria-expanded={open}
              onClick={() => { setOpen(!open); }}>Pages</button>
      <div>
        {groups.map(([title, links]) => (
          <div key={title}>
            <h2>{title}</h2>
            <ul>
              {links.map(([name, to]) => (
                <li key={name}>
                  <a href={href(...to)}
                     aria-current={href(...to) === current ? "page"
                       : undefined}>
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </nav>
  );
}

function Bar({ rights, leave }: {
  rights: Rights | undefined; leave: () => void;
}) {
  const caller = rights?.caller;
  return (
    <header class="bar">
      <a class="brand" href={href()}>OTrP Console</a>
      {rights && caller && (
        <>
          <span class="who">
            {rights.member || caller.name}
            {caller.kind === "sp" ? ` of ${caller.name}` : ""}
            {" "}<span class="dim">{caller.role || caller.kind}</span>
          </span>
          <button type="button" onClick={leave}>Sign out</button>
        </>
      )}
    </header>
  );
}

export function App() {
  const place = usePlace();
  const [session, setSession] = useState<Session | null | undefined>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    onSignedOut(() => {
      setSession((before) => {
        if (before) announce("Your session has ended. Sign in again.");
        return null;
      });
    });
    currentSession().then(
      (found) => { setSession(found ?? null); },
      (error: unknown) => { setProblem(problemFrom(error)); });
  }, []);
  const rights = session ? new Rights(session.caller) : undefined;
  const leave = () => {
    signOut().then(
      () => {
        setSession(null);
        location.hash = href();
        announce("Signed out.");
      },
      (error: unknown) => { announce(problemFrom(error).detail ?? ""); });
  };
  const enter = (next: Session) => {
    setSession(next);
    if (["sign-in", "register", "invitation"].includes(place.path[0] ?? "")) {
      location.hash = href();
    }
  };
  const main = (
    <main id="main" tabIndex={-1}>
      {problem && <ProblemNotice problem={problem} />}
      {session === undefined
        ? !problem && <p role="status">Loading…</p>
        : (
          <div key={`${session ? "in" : "out"} ${place.path.join("/")}`}>
            {rights ? pageOf(place, rights) : strangersPage(place, enter)}
          </div>
        )}
    </main>
  );
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById("main")?.focus();
      }}>Skip to the content</a>
      <Bar rights={rights} leave={leave} />
      {rights ? (
        <RightsProvider value={rights}>
          <div class="frame">
            <Places place={place} rights={rights} />
            {main}
          </div>
        </RightsProvider>
      ) : main}
      <Announcements />
    </>
  );
}
