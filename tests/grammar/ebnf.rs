//! Reads ISO 14977 grammars and makes random sentences of them.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone)]
enum Node {
    Terminal(String),
    Rule(String),
    Special(String),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Optional(Box<Node>),
    Repeat(Box<Node>),
}

pub struct Grammar {
    rules: BTreeMap<String, Node>,
    /// The least depth of rules that a sentence of each rule needs.
    depths: BTreeMap<String, usize>,
}

impl Grammar {
    pub fn read(text: &str) -> Grammar {
        let mut reader = Reader { rest: text };
        let mut rules = BTreeMap::new();
        while let Some(name) = reader.identifier() {
            reader.expect('=');
            let node = reader.choice();
            reader.expect(';');
            assert!(rules.insert(name.clone(), node).is_none(), "{name} is defined twice");
        }
        assert_eq!(reader.rest, "", "a rule is expected");
        let mut grammar = Grammar { rules, depths: BTreeMap::new() };
        grammar.find_depths();
        grammar
    }

    fn find_depths(&mut self) {
        for _ in 0..self.rules.len() {
            for (name, node) in &self.rules {
                if let Some(depth) = self.depth(node) {
                    self.depths.insert(name.clone(), depth + 1);
                }
            }
        }
    }

    fn depth(&self, node: &Node) -> Option<usize> {
        match node {
            Node::Terminal(_) | Node::Special(_) | Node::Optional(_) | Node::Repeat(_) => Some(0),
            Node::Rule(name) => self.depths.get(name).copied(),
            Node::Sequence(parts) => parts.iter().try_fold(0, |most, part| Some(most.max(self.depth(part)?))),
            Node::Choice(parts) => parts.iter().filter_map(|part| self.depth(part)).min(),
        }
    }

    pub fn undefined(&self) -> Vec<String> {
        let mut used = BTreeSet::new();
        self.rules.values().for_each(|node| mentioned(node, &mut used));
        used.into_iter().filter(|name| !self.rules.contains_key(name)).collect()
    }

    pub fn unreachable_from(&self, start: &str) -> Vec<String> {
        let mut reached = BTreeSet::from([start.to_string()]);
        loop {
            let before = reached.len();
            for name in reached.clone() {
                mentioned(&self.rules[&name], &mut reached);
            }
            if reached.len() == before {
                return self.rules.keys().filter(|name| !reached.contains(*name)).cloned().collect();
            }
        }
    }
}

fn mentioned(node: &Node, names: &mut BTreeSet<String>) {
    match node {
        Node::Rule(name) => {
            names.insert(name.clone());
        }
        Node::Sequence(parts) | Node::Choice(parts) => parts.iter().for_each(|part| mentioned(part, names)),
        Node::Optional(inner) | Node::Repeat(inner) => mentioned(inner, names),
        Node::Terminal(_) | Node::Special(_) => {}
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix("(*") else { return self.rest.chars().next() };
            self.rest = &comment[comment.find("*)").expect("comments are closed") + 2..];
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        found
    }

    fn expect(&mut self, wanted: char) {
        assert!(self.take(wanted), "{wanted} expected before {:.40}", self.rest);
    }

    fn identifier(&mut self) -> Option<String> {
        self.peek().filter(|c| c.is_alphabetic())?;
        let end = self.rest.find(|c: char| !c.is_alphabetic() && c != ' ').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(name.trim().to_string())
    }

    fn choice(&mut self) -> Node {
        let mut parts = vec![self.sequence()];
        while self.take('|') {
            parts.push(self.sequence());
        }
        if parts.len() == 1 { parts.remove(0) } else { Node::Choice(parts) }
    }

    fn sequence(&mut self) -> Node {
        let mut parts = vec![self.part()];
        while self.take(',') {
            parts.push(self.part());
        }
        if parts.len() == 1 { parts.remove(0) } else { Node::Sequence(parts) }
    }

    fn part(&mut self) -> Node {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => Node::Terminal(self.between(quote, quote)),
            Some('?') => Node::Special(self.between('?', '?').trim().to_string()),
            Some('[') => Node::Optional(self.group('[', ']').into()),
            Some('{') => Node::Repeat(self.group('{', '}').into()),
            Some('(') => self.group('(', ')'),
            _ => Node::Rule(self.identifier().unwrap_or_else(|| panic!("a part expected before {:.40}", self.rest))),
        }
    }

    fn group(&mut self, open: char, close: char) -> Node {
        self.expect(open);
        let node = self.choice();
        self.expect(close);
        node
    }

    fn between(&mut self, open: char, close: char) -> String {
        self.expect(open);
        let end = self.rest.find(close).expect("quotes are closed");
        let text = self.rest[..end].to_string();
        self.rest = &self.rest[end + close.len_utf8()..];
        text
    }
}

/// SplitMix64: small, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

/// Below this depth of rules only the shortest ways are taken.
const DEEPEST: usize = 60;

/// After so many characters as well.
const LONGEST: usize = 120;

pub struct Generator<'g> {
    grammar: &'g Grammar,
    random: Random,
    state: State,
}

#[derive(Clone, Default)]
struct State {
    out: String,
    /// No blank before what comes next.
    glued: bool,
    in_token: bool,
    /// Brackets and bars that are open.
    open: Vec<char>,
    fresh_names: usize,
}

impl<'g> Generator<'g> {
    pub fn new(grammar: &'g Grammar, seed: u64) -> Generator<'g> {
        Generator { grammar, random: Random::new(seed), state: State::default() }
    }

    pub fn sentence(mut self, rule: &str) -> String {
        assert!(self.rule(rule, 0), "every rule has a sentence");
        self.state.out.trim().to_string()
    }

    fn rule(&mut self, name: &str, depth: usize) -> bool {
        let grammar = self.grammar;
        let node = &grammar.rules[name];
        let outer = self.state.in_token;
        let done = self.node(node, depth + 1);
        // What follows a token may have a blank before it, unless it is part of a larger token.
        if self.state.in_token && !outer {
            self.state.in_token = false;
            self.state.glued = false;
        }
        done
    }

    /// Appends a sentence of the node; `false` if none can stand here.
    fn node(&mut self, node: &Node, depth: usize) -> bool {
        match node {
            Node::Terminal(text) => self.terminal(text),
            Node::Special(text) => self.special(text),
            Node::Rule(name) => self.rule(name, depth),
            Node::Sequence(parts) => parts.iter().all(|part| self.node(part, depth)),
            Node::Choice(parts) => self.choice(parts, depth),
            Node::Optional(inner) => {
                if self.goes_on(depth) {
                    self.attempt(inner, depth);
                }
                true
            }
            Node::Repeat(inner) => {
                let most = if self.state.in_token { 1 } else { 3 };
                for _ in 0..most {
                    if !self.goes_on(depth) || !self.attempt(inner, depth) {
                        break;
                    }
                }
                true
            }
        }
    }

    fn goes_on(&mut self, depth: usize) -> bool {
        depth < DEEPEST && self.state.out.len() < LONGEST && self.random.below(10) < 3
    }

    fn attempt(&mut self, node: &Node, depth: usize) -> bool {
        let before = self.state.clone();
        let done = self.node(node, depth);
        if !done {
            self.state = before;
        }
        done
    }

    fn choice(&mut self, parts: &[Node], depth: usize) -> bool {
        let mut order: Vec<&Node> = parts.iter().collect();
        if depth >= DEEPEST || self.state.out.len() >= LONGEST {
            order.sort_by_key(|part| self.grammar.depth(part));
        } else {
            let first = self.random.below(order.len());
            order.rotate_left(first);
        }
        order.into_iter().any(|part| self.attempt(part, depth))
    }

    fn terminal(&mut self, text: &str) -> bool {
        self.gap(text);
        self.state.out.push_str(text);
        if !self.state.in_token {
            match text {
                "(" | "[" | "{" => self.state.open.push(text.chars().next().unwrap_or('(')),
                ")" | "]" | "}" => drop(self.state.open.pop()),
                "|" if self.state.open.last() == Some(&'|') => drop(self.state.open.pop()),
                "|" => self.state.open.push('|'),
                _ => {}
            }
        }
        true
    }

    /// Blanks where they may be, and line ends where the statement goes on.
    fn gap(&mut self, next: &str) {
        const CONTINUES: &[&str] = &["(", "[", ",", "+", "*", "/", "^", "=", "->", "and", "or", "<", "@", "±"];
        if std::mem::replace(&mut self.state.glued, self.state.in_token) {
            return;
        }
        let out = &self.state.out;
        let continues = CONTINUES.iter().any(|end| out.ends_with(end)) && !out.ends_with("∂/");
        let close = out.ends_with(['(', '[']) || next == ")" || next == "]" || next == ",";
        let gap = match self.random.below(12) {
            0 if continues => "\n",
            1 if continues => " # why\n ",
            0..6 if close => "",
            _ => " ",
        };
        self.state.out.push_str(gap);
    }

    fn special(&mut self, text: &str) -> bool {
        const NAMES: &[&str] = &["x", "y", "f", "g", "α", "θ_max", "x₁", "e", "pi", "e3", "x1", "_", "dx", "größe"];
        const CHARACTERS: &[&str] = &["a", " ", "é", "#", "'", "(", "∂"];
        let samples = match text {
            "one token" => {
                self.gap("");
                (self.state.in_token, self.state.glued) = (true, true);
                return true;
            }
            "no blank" => {
                self.state.glued = true;
                return true;
            }
            "outside bars" => return self.state.open.last() != Some(&'|'),
            "line end" => {
                self.state.out.push('\n');
                self.state.glued = true;
                return true;
            }
            "a name that differs from the other parameters" => {
                self.state.fresh_names += 1;
                let name = format!("p{}", self.state.fresh_names);
                return self.terminal(&name);
            }
            _ if text.starts_with("any character") => CHARACTERS,
            _ if text.contains("name") || text.contains("letter") => NAMES,
            _ => panic!("nothing is known about ? {text} ?"),
        };
        let sample = samples[self.random.below(samples.len())];
        self.terminal(sample)
    }
}
