// The server's token: taken from the address (#token=…) or asked for, kept for this tab, sent as a bearer.
const KEY = "noemata.token";
let held = null;

function takeFromAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token === null) return;
  fragment.delete("token");
  const rest = fragment.toString();
  history.replaceState(null, "", location.pathname + location.search + (rest ? "#" + rest : ""));
  keep(token.trim(), true);
}

function keep(token, forTab) {
  held = token;
  if (forTab && token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}

/** The headers of a request to this server. */
export function authorization() {
  // A header holds Latin-1 only; what was pasted beyond that can't be a token, and fetch would throw on it.
  const token = held ?? sessionStorage.getItem(KEY);
  return token && /^[\x21-\x7e]+$/.test(token) ? { Authorization: `Bearer ${token}` } : {};
}

/**
 * Connect the form at the top of the page; `accepted` is called whenever the server lets us read.
 * Returns `refused`, to be called when an answer was 401.
 */
export function connectToken(base, accepted) {
  takeFromAddress();
  const form = document.getElementById("token-form");
  const field = form.elements.token;
  const state = document.getElementById("token-state");
  const say = (kind, text) => {
    form.dataset.state = kind;
    state.textContent = text;
    field.setAttribute("aria-invalid", String(kind === "wrong" || kind === "missing"));
  };
  const refused = () => {
    if (authorization().Authorization) say("wrong", "The server does not accept this token.");
    else say("missing", "The server asks for its token: kg serve printed it, and the home’s file “token” holds it.");
    field.focus();
  };
  const probe = async () => {
    const query = new URLSearchParams({ query: "ASK {}" });
    try {
      const response = await fetch(`${base}/sparql?${query}`, {
        headers: { Accept: "application/sparql-results+json", ...authorization() },
      });
      if (response.status === 401) return refused();
      if (!response.ok) return say("missing", `The server answers with ${response.status} ${response.statusText}.`);
      const token = authorization().Authorization;
      say(token ? "accepted" : "", token ? "Token accepted." : "Reading needs no token here.");
      accepted();
    } catch {
      say("missing", "The server does not answer.");
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep(field.value.trim(), form.elements.remember.checked);
    field.value = "";
    probe();
  });
  field.value = "";
  probe();
  return refused;
}
