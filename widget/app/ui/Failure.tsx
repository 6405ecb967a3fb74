import { fill } from "../locales";
import type { Strings } from "../locales/en";
import type { Complaint } from "../state/thread";
import { useStrings, useUi } from "./context";
import { Icon } from "./icons";
import { sentenceFor } from "./words";

/** Says why there is no chat at all, and to whom it may concern how to mend it. */
export function Failure({ complaint }: { complaint: Complaint }) {
  const t = useStrings();
  const { chat } = useUi();
  const { title, text, hint } = explain(complaint, t);
  return (
    <div className="scroller">
      <div className="centre" role="alert">
        <span className="centre-icon">
          <Icon name="alert" />
        </span>
        <p className="centre-title">{title}</p>
        {text && <p className="fine">{text}</p>}
        {hint && <p className="fine">{hint}</p>}
        <button type="button" className="small-button" onClick={() => chat.retrySession()}>
          {t.retry}
        </button>
      </div>
    </div>
  );
}

function explain(complaint: Complaint, t: Strings) {
  switch (complaint.kind) {
    case "refused": {
      const text = fill(t.refused, { origin: location.origin });
      return { title: t.refusedTitle, text, hint: t.refusedHint };
    }
    case "misconfigured":
      return { title: t.misconfiguredTitle, text: t.misconfigured };
    case "signed-out":
      return { title: t.signedOut };
    default:
      return { title: t.unreachableTitle, text: sentenceFor(complaint, t, Date.now()) };
  }
}
