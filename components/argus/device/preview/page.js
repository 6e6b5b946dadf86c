// The page follows two streams: events at /live, pictures at /live.mjpg. The browser renews the first when it breaks;
// the second is renewed with it.

const MOST_VISITS = 100;
const STATES = { waiting: "Waiting", live: "Live", lost: "Camera lost", ended: "Ended", apart: "Not connected" };

const $ = (id) => document.getElementById(id);
const picture = $("picture"), live = $("live"), list = $("list");
const visits = new Map();
let camera = "camera";
let state = "apart";

function connect() {
  const events = new EventSource("/live");
  const on = (name, show) => events.addEventListener(name, (event) => show(JSON.parse(event.data)));
  on("watch", showWatch);
  on("state", showState);
  on("visit", showVisit);
  on("placing", showPlacing);
  events.addEventListener("error", () => {
    // What has ended stays so until it is started again.
    if (state !== "ended") showState({ state: "apart", says: "Argus cannot be reached. Trying again." });
    // A browser gives up where it is refused; this page does not.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
}

function showPicture() {
  // Nobody sees a hidden page: the picture need not be made for it.
  if (document.hidden) live.removeAttribute("src");
  else live.src = `/live.mjpg?${Date.now()}`;
}

function showWatch(watch) {
  camera = watch.camera;
  document.title = `${camera} - Argus`;
  live.alt = `What ${camera} sees, with a box around each face`;
  const people = watch.people === 1 ? "1 person" : `${watch.people} people`;
  const rate = Number((100 * watch.false_alarm_rate).toPrecision(3));
  setText($("camera"), `${camera}, ${people} enrolled, false-alarm rate ${rate} %`);
  showPicture();
}

function showState(now) {
  state = now.state;
  $("state").dataset.state = state;
  setText($("state"), STATES[state]);
  picture.dataset.state = state;
  setText($("notice"), now.says);
  if (now.size) {
    live.width = now.size[0];
    live.height = now.size[1];
  }
}

function showVisit(visit) {
  let item = visits.get(visit.visit);
  if (!item) {
    item = $("visit").content.firstElementChild.cloneNode(true);
    visits.set(visit.visit, item);
    list.prepend(item);
    for (const [id, old] of visits) {
      if (visits.size <= MOST_VISITS) break;
      visits.delete(id);
      old.remove();
    }
  }
  item.dataset.outcome = visit.outcome;
  item.toggleAttribute("data-over", visit.over);
  setText(item.querySelector(".who"), visit.who);
  setText(item.querySelector(".says"), visit.says);
  setText(item.querySelector(".when"), when(visit));
  setText(item.querySelector(".figures"), visit.figures);
  $("nobody").hidden = true;
}

function when(visit) {
  const began = new Date(visit.began), last = new Date(visit.last);
  const day = began.toDateString() === new Date().toDateString() ? "" : `${began.toLocaleDateString()} `;
  const from = `${day}${began.toLocaleTimeString()}`;
  if (!visit.over) return `since ${from}`;
  const seconds = Math.max(1, Math.round((last - began) / 1000));
  return `${from}, for ${seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}`;
}

function showPlacing(placing) {
  setText($("advice"), placing.advice);
  $("advice").dataset.verdict = placing.verdict ?? "";
  $("key").hidden = placing.measures.length === 0;
  const measures = $("measures");
  while (measures.children.length > placing.measures.length) measures.lastElementChild.remove();
  placing.measures.forEach((measure, number) => {
    const row = measures.children[number] ?? measures.appendChild($("measure").content.firstElementChild.cloneNode(true));
    row.dataset.verdict = measure.verdict;
    setText(row.querySelector("dt"), measure.name);
    setText(row.querySelector(".figure"), measure.text);
    const scale = row.querySelector(".scale");
    const words = { poor: "not enough", fair: "enough", good: "good" };
    scale.ariaLabel = words[measure.verdict];
    const places = { at: measure.at, "needed-from": measure.needed[0], "needed-to": measure.needed[1],
      "good-from": measure.good[0], "good-to": measure.good[1] };
    for (const [name, place] of Object.entries(places)) scale.style.setProperty(`--${name}`, `${100 * place}%`);
  });
}

// Only what changes is written, so that nothing is read aloud twice.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

document.addEventListener("visibilitychange", showPicture);
connect();
