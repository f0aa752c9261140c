// Passkeys: the browser makes or uses one, and its answer is sent as a form. Where there is no script or no passkey, the
// form stays away. The options come with the page, or where nobody is known yet from an address.
"use strict";
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const { passkey, options } = form.dataset;
  const failed = form.querySelector("[data-failed]");
  const credential = form.querySelector("[name=credential]");
  const alone = form.querySelector("[name=passwordless]");
  if (!window.webauthnJSON?.supported()) continue;
  form.hidden = false;

  const read = async () => {
    const written = document.getElementById(options);
    if (written) return JSON.parse(written.textContent);
    const answer = await fetch(options, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options;
  };

  // A passkey that signs in alone is kept on the device, and asks each time who holds it.
  const asWanted = (wanted) => {
    if (!alone) return wanted;
    const kept = alone.checked ? { residentKey: "required", requireResidentKey: true, userVerification: "required" } : { residentKey: "discouraged", requireResidentKey: false };
    Object.assign(wanted.publicKey.authenticatorSelection, kept);
    return wanted;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const made = await window.webauthnJSON[passkey](asWanted(await read()));
      credential.value = JSON.stringify(made);
      form.submit();
    } catch {
      failed.textContent = failed.dataset.failed;
      failed.hidden = false;
    }
  });
}
