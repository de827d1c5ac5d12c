// The emoji an incident bot is likely to use, by Slack's names.

export const EMOJI = {
  fire: "🔥", rotating_light: "🚨", warning: "⚠️", white_check_mark: "✅", heavy_check_mark: "✔️",
  x: "❌", no_entry: "⛔", red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡",
  large_green_circle: "🟢", large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫",
  large_purple_circle: "🟣", eyes: "👀", mag: "🔍", mag_right: "🔎", hammer_and_wrench: "🛠️",
  wrench: "🔧", gear: "⚙️", bell: "🔔", no_bell: "🔕", loudspeaker: "📢", mega: "📣", memo: "📝",
  pushpin: "📌", round_pushpin: "📍", link: "🔗", lock: "🔒", unlock: "🔓", key: "🔑",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", clock3: "🕒",
  calendar: "📅", spiral_calendar_pad: "🗓️", chart_with_upwards_trend: "📈", bar_chart: "📊",
  chart_with_downwards_trend: "📉", page_facing_up: "📄", clipboard: "📋", books: "📚",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", repeat: "🔁",
  arrows_counterclockwise: "🔄", "+1": "👍", thumbsup: "👍", "-1": "👎", wave: "👋", pray: "🙏",
  raised_hands: "🙌", clap: "👏", tada: "🎉", rocket: "🚀", sparkles: "✨", star: "⭐", zap: "⚡",
  bulb: "💡", bug: "🐛", robot_face: "🤖", speech_balloon: "💬", thinking_face: "🤔", heart: "❤️",
  firefighter: "🧑‍🚒", fire_engine: "🚒", construction: "🚧", checkered_flag: "🏁", sos: "🆘",
  information_source: "ℹ️", question: "❓", exclamation: "❗", bangbang: "‼️", email: "📧",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", technologist: "🧑‍💻", shield: "🛡️",
  globe_with_meridians: "🌐", satellite_antenna: "📡", telephone_receiver: "📞", pager: "📟",
  double_vertical_bar: "⏸️", black_right_pointing_triangle: "▶️", label: "🏷️", ok_hand: "👌",
  ballot_box_with_check: "☑️", small_red_triangle: "🔺", small_blue_diamond: "🔹", point_right: "👉",
};
