// The staff's own pages. What is here makes signing in shorter; all but passkeys
// works without it.

if (typeof document !== "undefined") {
  const code = document.querySelector("form[data-code-from-address]");
  if (code) takeCode(code);
  if (window.PublicKeyCredential) {
    for (const form of document.querySelectorAll("form[data-passkey]")) offer(form);
  }
  document.getElementById("alert")?.focus();
}

// takeCode puts the code of a one-time link into its field. It stands behind the #,
// which no browser sends, and is taken out of the address and the history at once.
function takeCode(form) {
  const found = /^#([A-Za-z0-9_-]{20,100})$/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.code.value = found[1];
  form.querySelector("button").focus();
}

// offer shows a form that asks the browser for a passkey, and sends what it says.
function offer(form) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const says = form.querySelector("[role=status]");
    says.textContent = "";
    try {
      const asked = await fetch(form.dataset.passkey, { method: "POST", headers: { Accept: "application/json" } });
      if (!asked.ok) throw new Error(String(asked.status));
      const { question, create, get } = await asked.json();
      const answer = create
        ? await navigator.credentials.create({ publicKey: creation(create) })
        : await navigator.credentials.get({ publicKey: assertion(get) });
      form.elements.question.value = question;
      form.elements.answer.value = JSON.stringify(written(answer));
      form.submit();
    } catch {
      says.textContent = form.dataset.failed;
    }
  });
}

export function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

export function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const named = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function creation(o) {
  return { ...o, challenge: bytes(o.challenge), user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: named(o.excludeCredentials) };
}

function assertion(o) {
  return { ...o, challenge: bytes(o.challenge), allowCredentials: named(o.allowCredentials) };
}

// written is a credential as WebAuthn Level 3 writes it in JSON (its toJSON is not in
// every browser yet).
export function written(c) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (c.response[name]) response[name] = text(c.response[name]);
  }
  if (c.response.getTransports) response.transports = c.response.getTransports();
  return {
    id: c.id, rawId: text(c.rawId), type: c.type, response,
    authenticatorAttachment: c.authenticatorAttachment ?? undefined, clientExtensionResults: c.getClientExtensionResults(),
  };
}
