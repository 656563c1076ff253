//! Units and imaginary numbers behind a number: neither is known here.

use super::nodes::Node;
use super::translator::Translator;

/// Units that stand behind a number alone. Letters that are as often variables need another unit beside them.
const PLAIN: &[&str] = &[
    "kg", "mg", "km", "cm", "mm", "nm", "µm", "μm", "ms", "ns", "min", "hours", "Hz", "kHz", "MHz", "GHz", "Pa", "kPa",
    "MPa", "bar", "mol", "eV", "keV", "MeV", "kJ", "kW", "MW", "kWh", "mA", "mV", "kV", "ohm", "Ω", "kN", "rad", "sr",
    "meters", "metres", "seconds", "grams", "newton", "joule", "watt", "volt", "USD", "EUR", "ft", "lb", "lbs", "mph",
    "liters", "litres", "psi", "atm", "kcal", "cal", "inch", "inches", "miles", "degC", "degF",
];

const LETTERS: &[&str] = &["m", "s", "g", "N", "J", "W", "V", "A", "K", "C", "F", "T", "h", "L", "l"];

impl Translator<'_> {
    pub fn unit(&mut self, out: &mut Vec<Node>, rest: &[Node]) -> Option<usize> {
        let first = rest.first()?;
        if let Some(sign) = first.operator()
            && matches!(sign, "$" | "€" | "£" | "¥")
            && (rest.get(1).is_some_and(|node| node.number().is_some())
                || out.last().is_some_and(|node| node.number().is_some()))
        {
            self.say(format!("units are not known: leave out {sign}"));
            let Some(next) = rest.get(1).filter(|node| node.number().is_some()) else { return Some(1) };
            out.push(next.clone().with_blank(first.blank()));
            return Some(2);
        }
        let name = first.name()?;
        let is_after_number = ends_in_number(out);
        if !is_after_number || self.is_known(name) {
            return None;
        }
        if matches!(name, "i" | "j") && !first.blank() {
            self.say("numbers are real here: there are no complex ones");
            self.advise(format!("for a variable {name}, give it a value first: {name} = 2"));
            return None;
        }
        if matches!(name, "deg" | "degree" | "degrees") {
            self.say("angles are in radians");
            out.push(Node::ours("pi/180", true));
            return Some(1);
        }
        if name == "percent" {
            out.push(Node::ours("/100", false));
            return Some(1);
        }
        let used = self.units_len(rest);
        let single = used == 1 && LETTERS.contains(&name);
        if used == 0 || single {
            return None;
        }
        self.say("units are not known: leave them out");
        Some(used)
    }

    /// How many nodes `m/s^2`, `kg·m` take.
    fn units_len(&self, rest: &[Node]) -> usize {
        let is_unit = |node: Option<&Node>| {
            let name = node.and_then(Node::name);
            name.is_some_and(|name| (PLAIN.contains(&name) || LETTERS.contains(&name)) && !self.is_known(name))
        };
        if !is_unit(rest.first()) {
            return 0;
        }
        let mut len = 1;
        loop {
            match rest.get(len) {
                Some(node) if node.is_op("²") || node.is_op("³") || node.is_op("⁻") || node.is_op("¹") => len += 1,
                Some(node) if node.is_op("^") => {
                    len += 1 + usize::from(rest.get(len + 1).is_some_and(|node| node.is_op("-"))) + 1;
                }
                Some(node) if (node.is_op("/") || node.is_op("*") || node.is_op("·")) && is_unit(rest.get(len + 1)) => {
                    len += 2;
                }
                Some(_) if is_unit(rest.get(len)) => len += 1,
                _ => return len.min(rest.len()),
            }
        }
    }
}

/// Whether a number, or a power of one, ends what has been translated.
fn ends_in_number(out: &[Node]) -> bool {
    out.last().is_some_and(|last| last.number().is_some())
}
