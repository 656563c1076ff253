//! Formulas in normal form: a sum of terms, each a number times powers of atoms.

/// `terms[0] + terms[1] + …`; no two terms have the same factors, none is 0.
#[derive(Debug, Clone)]
pub struct Sum {
    pub terms: Vec<Term>,
}

/// The order of terms does not matter.
impl PartialEq for Sum {
    fn eq(&self, other: &Sum) -> bool {
        self.terms.len() == other.terms.len() && self.terms.iter().all(|term| other.terms.contains(term))
    }
}

/// A number times powers of atoms; no atom stands twice, no exponent is 0.
#[derive(Debug, Clone)]
pub struct Term {
    pub coefficient: f64,
    pub factors: Vec<Factor>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    pub atom: Atom,
    pub exponent: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Atom {
    Name(String),
    Call(String, Vec<Sum>),
    /// An exponent that is no number.
    Power(Box<Sum>, Box<Sum>),
    /// A sum in parentheses.
    Group(Box<Sum>),
    /// `a < b`
    Compare(&'static str, Box<[Sum; 2]>),
}

impl Sum {
    pub fn number(value: f64) -> Sum {
        let terms = if value == 0.0 { vec![] } else { vec![Term { coefficient: value, factors: vec![] }] };
        Sum { terms }
    }

    pub fn atom(atom: Atom) -> Sum {
        Sum { terms: vec![Term { coefficient: 1.0, factors: vec![Factor { atom, exponent: 1.0 }] }] }
    }

    pub fn as_number(&self) -> Option<f64> {
        match &self.terms[..] {
            [] => Some(0.0),
            [Term { coefficient, factors }] if factors.is_empty() => Some(*coefficient),
            _ => None,
        }
    }

    pub fn plus(&self, other: &Sum) -> Sum {
        let mut terms = self.terms.clone();
        for term in &other.terms {
            match terms.iter_mut().find(|own| own.has_factors_of(term)) {
                Some(own) => own.coefficient += term.coefficient,
                None => terms.push(term.clone()),
            }
        }
        terms.retain(|term| term.coefficient != 0.0);
        Sum { terms }
    }

    /// Without terms that only rounding left over.
    pub fn without_noise(mut self) -> Sum {
        let largest = self.terms.iter().map(|term| term.coefficient.abs()).fold(0.0, f64::max);
        self.terms.retain(|term| term.coefficient.abs() > 1e-14 * largest);
        self
    }

    /// Numbers go into each term; everything else is multiplied as a whole, so that what was typed as a product
    /// stays one.
    pub fn times(&self, other: &Sum) -> Sum {
        match (self.as_number(), other.as_number()) {
            (Some(number), _) => other.scaled(number),
            (_, Some(number)) => self.scaled(number),
            _ => Sum { terms: vec![self.as_term().times(&other.as_term())] },
        }
    }

    pub fn scaled(&self, number: f64) -> Sum {
        if number == 0.0 {
            return Sum::number(0.0);
        }
        let scaled = |term: &Term| Term { coefficient: term.coefficient * number, factors: term.factors.clone() };
        Sum { terms: self.terms.iter().map(scaled).collect() }
    }

    /// One term: a sum of several becomes a group.
    pub fn as_term(&self) -> Term {
        match &self.terms[..] {
            [term] => term.clone(),
            _ => {
                let atom = Atom::Group(Box::new(self.clone()));
                Term { coefficient: 1.0, factors: vec![Factor { atom, exponent: 1.0 }] }
            }
        }
    }

    pub fn power(&self, exponent: f64) -> Sum {
        if exponent == 0.0 {
            return Sum::number(1.0);
        }
        if exponent == 1.0 {
            return self.clone();
        }
        if let Some(number) = self.as_number() {
            return Sum::number(number.powf(exponent));
        }
        let term = self.as_term();
        // (x^2)^0.5 is |x|, not x: only whole exponents go into a product
        if exponent.fract() == 0.0
            || (term.coefficient == 1.0 && term.factors.len() == 1 && term.factors[0].exponent == 1.0)
        {
            let raise = |factor: &Factor| Factor { exponent: factor.exponent * exponent, ..factor.clone() };
            let factors = term.factors.iter().map(raise).collect();
            return Sum { terms: vec![Term { coefficient: term.coefficient.powf(exponent), factors }.tidied()] };
        }
        let atom = Atom::Group(Box::new(self.clone()));
        Sum { terms: vec![Term { coefficient: 1.0, factors: vec![Factor { atom, exponent }] }] }
    }
}

/// The order of factors does not matter.
impl PartialEq for Term {
    fn eq(&self, other: &Term) -> bool {
        self.coefficient == other.coefficient && self.has_factors_of(other)
    }
}

impl Term {
    fn has_factors_of(&self, other: &Term) -> bool {
        self.factors.len() == other.factors.len() && self.factors.iter().all(|factor| other.factors.contains(factor))
    }

    pub fn times(&self, other: &Term) -> Term {
        let mut factors = self.factors.clone();
        for factor in &other.factors {
            match factors.iter_mut().find(|own| own.atom == factor.atom) {
                Some(own) => own.exponent += factor.exponent,
                None => factors.push(factor.clone()),
            }
        }
        factors.retain(|factor| factor.exponent != 0.0);
        Term { coefficient: self.coefficient * other.coefficient, factors }.tidied()
    }

    /// Whole even powers of square roots are powers of what is under them: √x² is x where √x exists.
    fn tidied(mut self) -> Term {
        let root = |factor: &Factor| match &factor.atom {
            Atom::Call(name, operands) if name == "sqrt" && factor.exponent % 2.0 == 0.0 => {
                Some(operands[0].power(factor.exponent / 2.0))
            }
            _ => None,
        };
        while let Some(at) = self.factors.iter().position(|factor| root(factor).is_some()) {
            let under = root(&self.factors[at]).expect("found just now").as_term();
            self.factors.remove(at);
            self = self.times(&under);
        }
        self
    }

    /// Degree in names, by which terms of a polynomial are ordered.
    pub fn degree(&self) -> f64 {
        let of_name = |factor: &Factor| if let Atom::Name(_) = factor.atom { factor.exponent } else { 0.0 };
        self.factors.iter().map(of_name).sum()
    }

    pub fn is_polynomial(&self) -> bool {
        self.factors.iter().all(|factor| matches!(factor.atom, Atom::Name(_)) && factor.exponent > 0.0)
    }
}
