// Asks the browser for a passkey, and sends what it says with an ordinary form. Whether that proves anything is the server's
// business; without this script the password does.

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};
const text = (buffer) => {
  const plain = String.fromCharCode(...new Uint8Array(buffer ?? []));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
const fill = (form, values) => {
  for (const [name, value] of Object.entries(values)) form.elements.namedItem(name).value = value;
};
// Browsers give up before the form does.
const timeout = 240_000;

const login = document.getElementById("passkey-login");
if (login && window.PublicKeyCredential) {
  const status = document.getElementById("passkey-status");
  const button = document.getElementById("passkey-submit");
  const publicKey = {
    challenge: bytes(login.dataset.challenge),
    rpId: login.dataset.rpId,
    userVerification: "required",
    allowCredentials: [],
    timeout,
  };
  const ask = async (how) => {
    const { rawId, response } = await navigator.credentials.get({ publicKey, ...how });
    fill(login, {
      credential: text(rawId),
      client_data: text(response.clientDataJSON),
      authenticator_data: text(response.authenticatorData),
      signature: text(response.signature),
      user_handle: text(response.userHandle),
    });
    login.submit();
  };
  // While the page waits for a passkey from the list under the name, the button must be able to ask instead.
  const waiting = new AbortController();
  const offer = async () => {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    if (!waiting.signal.aborted) await ask({ mediation: "conditional", signal: waiting.signal });
  };
  offer().catch(() => {});
  login.addEventListener("submit", async (event) => {
    event.preventDefault();
    waiting.abort();
    status.textContent = "";
    button.disabled = true;
    try {
      await ask({});
    } catch {
      status.textContent = status.dataset.failed;
    }
    button.disabled = false;
  });
  login.hidden = false;
}

const create = document.getElementById("passkey-create");
if (create && window.PublicKeyCredential) {
  const status = document.getElementById("passkey-status");
  const button = document.getElementById("passkey-add");
  const { rpId, rpName, challenge, userHandle, userName, algorithms, exclude } = create.dataset;
  const publicKey = {
    challenge: bytes(challenge),
    rp: { id: rpId, name: rpName },
    user: { id: bytes(userHandle), name: userName, displayName: userName },
    pubKeyCredParams: algorithms.split(" ").map((number) => ({ type: "public-key", alg: Number(number) })),
    excludeCredentials: exclude.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
    timeout,
  };
  create.addEventListener("submit", async (event) => {
    event.preventDefault();
    status.textContent = "";
    button.disabled = true;
    try {
      const { response } = await navigator.credentials.create({ publicKey });
      fill(create, { client_data: text(response.clientDataJSON), attestation: text(response.attestationObject) });
      create.submit();
    } catch (failure) {
      status.textContent = failure.name === "InvalidStateError" ? status.dataset.known : status.dataset.failed;
    }
    button.disabled = false;
  });
  document.getElementById("passkey-needs").hidden = true;
  create.hidden = false;
}
