// For whoever isn't signed in: sign in, register, accept an invitation.
import { useState } from "preact/hooks";

import { type Schemas, send } from "../api";
import { Form } from "../form";
import { Link } from "../router";
import { type Session, signIn } from "../session";
import { Facts, Once, Page, Time } from "../ui";

function Others({ here }: { here: string }) {
  const links: [string, string][] = [
    ["sign-in", "Sign in with a token"],
    ["invitation", "Accept an invitation"],
    ["register", "Register a service provider"],
  ];
  return (
    <ul>
      {links.filter(([place]) => place !== here).map(([place, words]) => (
        <li key={place}><Link to={[place]}>{words}</Link></li>
      ))}
    </ul>
  );
}

export function SignIn({ enter }: { enter: (session: Session) => void }) {
  return (
    <div class="narrow">
      <Page title="Sign in">
        <div class="panel">
          <Form label="Sign in"
                fields={[{
                  name: "token", label: "Token", kind: "secret",
                  autoComplete: "current-password",
                  hint: "The member’s token that you got when you accepted " +
                    "your invitation. It begins with otrp_.",
                }]}
                submit={async (values) => {
                  enter(await signIn(values.text("token")));
                }} />
        </div>
        <Others here="sign-in" />
      </Page>
    </div>
  );
}

export function Register() {
  const [answer, setAnswer] = useState<Schemas["RegisterResponse"]>();
  return (
    <div class="narrow">
      <Page title="Register a service provider">
        {answer ? (
          <div class="panel">
            <Once title="You are registered." secret={answer.code}
                  text={"Keep this code: nobody can show it again. Once an " +
                    "operator has approved, accept your invitation with it."}
            />
            <Facts of={[
              ["Service provider", answer.registration?.spid],
              ["State", answer.registration?.state],
              ["Registration", answer.registration?.registrationId]]} />
          </div>
        ) : (
          <div class="panel">
            <p>An operator looks at each registration. Nothing can be done
              with the account before that.</p>
            <Form label="Register"
                  fields={[
                    { name: "spid", label: "Service provider’s id",
                      hint: "Letters, digits, dots, hyphens and " +
                        "underscores; up to 64. It never changes." },
                    { name: "name", label: "Name of the company",
                      autoComplete: "organization" },
                    { name: "contact", label: "Contact",
                      hint: "How an operator reaches you, such as a " +
                        "telephone number.",
                      autoComplete: "tel" },
                  ]}
                  submit={async (values) => {
                    setAnswer(await send("post", "/v1/registrations", {
                      body: { spid: values.text("spid"),
                              name: values.text("name"),
                              contact: values.text("contact") } }));
                  }} />
          </div>
        )}
        <Others here="register" />
      </Page>
    </div>
  );
}

export function AcceptInvitation({ enter }: {
  enter: (session: Session) => void;
}) {
  const [answer, setAnswer] = useState<Schemas["AcceptInvitationResponse"]>();
  return (
    <div class="narrow">
      <Page title="Accept an invitation">
        {answer ? (
          <div class="panel">
            <Once title="You are a member." secret={answer.token}
                  text={"This token is yours: you sign in with it. Nobody " +
                    "can show it again."} />
            <Facts of={[
              ["Name", answer.member?.name],
              ["Role", answer.member?.role],
              ["Service provider", answer.spid],
              ["Good until", <Time of={answer.tokenExpiresAt} />]]} />
            <Form label="Sign in with it" fields={[]}
                  submit={async () => { enter(await signIn(answer.token)); }}
            />
          </div>
        ) : (
          <div class="panel">
            <Form label="Accept"
                  fields={[
                    { name: "code", label: "Code", kind: "secret",
                      hint: "Of the invitation, or of your registration " +
                        "once it is approved. It works once." },
                    { name: "name", label: "Your name",
                      hint: "Letters, digits, dots, hyphens and " +
                        "underscores; up to 64. The record shows it.",
                      autoComplete: "username" },
                  ]}
                  submit={async (values) => {
                    setAnswer(await send("post", "/v1/invitations:accept", {
                      body: { code: values.text("code"),
                              name: values.text("name") } }));
                  }} />
          </div>
        )}
        <Others here="invitation" />
      </Page>
    </div>
  );
}
