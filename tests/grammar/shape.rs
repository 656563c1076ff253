//! Trees written as in Lisp, without places and without the parentheses that were typed: what a text means.

use gradtape::syntax::Statement;
use gradtape::syntax::tree::{
    Arg, At, BinaryOp, CompareOp, Expr, ExprId, Param, Stmt, StmtKind, Subscript, Tree, UnaryOp,
};

pub fn shape(statement: &Statement) -> String {
    stmt(&statement.tree, &statement.stmt)
}

fn stmt(tree: &Tree, stmt: &Stmt) -> String {
    let of = |id: &ExprId| expr(tree, *id);
    match &stmt.kind {
        StmtKind::Expr(id) => of(id),
        StmtKind::Assign { name, value, .. } => format!("(= {name} {})", of(value)),
        StmtKind::AssignIndex { name, subscripts, value, .. } => {
            format!("(= {name}[{}] {})", joined(subscripts, |one| subscript(tree, one)), of(value))
        }
        StmtKind::Define { name, lambda, at, .. } => {
            let at = at.as_ref().map_or(String::new(), |at| format!(" at{}", clauses(tree, at)));
            format!("(define {name} ({}) {}{at})", params(tree, &lambda.params), of(&lambda.body))
        }
        StmtKind::At { body, at } => format!("(at {}{})", of(body), clauses(tree, at)),
        StmtKind::Const { name, value, .. } => format!("(const {name} {})", of(value)),
        StmtKind::Watch(names) => format!("(watch {})", joined(names, |name| name.0.to_string())),
        StmtKind::Unwatch(names) => format!("(unwatch {})", joined(names, |name| name.0.to_string())),
        StmtKind::For { variables, over, body } => {
            format!("(for {} {} {})", joined(variables, |name| name.to_string()), of(over), block(tree, body))
        }
        StmtKind::While { condition, body } => format!("(while {} {})", of(condition), block(tree, body)),
        StmtKind::Break => "(break)".to_string(),
        StmtKind::Continue => "(continue)".to_string(),
        StmtKind::Return(None) => "(return)".to_string(),
        StmtKind::Return(Some(id)) => format!("(return {})", of(id)),
        StmtKind::Unpack { names, value } => {
            let names: Vec<String> = names.iter().map(|(name, _)| name.to_string()).collect();
            format!("(= [{}] {})", names.join(" "), of(value))
        }
        StmtKind::AssignAt { name, body, at, .. } => format!("(= {name} {}{})", of(body), clauses(tree, at)),
        StmtKind::Command { name, rest, .. } => format!("(:{name} {rest:?})"),
    }
}

fn expr(tree: &Tree, id: ExprId) -> String {
    let of = |id: &ExprId| expr(tree, *id);
    match tree.expr(id) {
        Expr::Number(value) => format!("{value}"),
        Expr::Text(text) => format!("{text:?}"),
        Expr::Bool(value) => format!("{value}"),
        Expr::Name(name) => name.to_string(),
        Expr::Unary(op, operand) => format!("({} {})", unary(*op), of(operand)),
        Expr::Binary(op, left, right) => format!("({} {} {})", binary(*op), of(left), of(right)),
        Expr::Compare(operands, ops) => {
            format!("({} {})", joined(ops, |op| compare(*op).to_string()), joined(operands, of))
        }
        Expr::Product(factors) => {
            let factor = |factor: &gradtape::syntax::tree::Factor| {
                format!("{}{}", if factor.blank { "_" } else { "" }, of(&factor.expr))
            };
            format!("({})", joined(factors, factor))
        }
        Expr::Call(function, args) => {
            let args: String = args.iter().map(|one| format!(" {}", arg(tree, one))).collect();
            format!("(call {}{args})", of(function))
        }
        Expr::Index(base, subscripts) => {
            format!("(index {} {})", of(base), joined(subscripts, |one| subscript(tree, one)))
        }
        Expr::Field(record, name) => format!("(. {} {name})", of(record)),
        Expr::Prime(function, primes) => format!("(prime {primes} {})", of(function)),
        Expr::Factorial(operand) => format!("(! {})", of(operand)),
        Expr::Abs(inner) => format!("(abs {})", of(inner)),
        Expr::Paren(inner) => of(inner),
        Expr::Array(elements) => format!("[{}]", joined(elements, of)),
        Expr::Matrix(rows) => format!("(rows {})", joined(rows, |row| format!("[{}]", joined(row, of)))),
        Expr::Range { start, end, inclusive } => {
            format!("({} {} {})", if *inclusive { "..=" } else { ".." }, of(start), of(end))
        }
        Expr::Lambda(lambda) => format!("(-> ({}) {})", params(tree, &lambda.params), of(&lambda.body)),
        Expr::Block(statements) => block(tree, statements),
        Expr::If { condition, then, otherwise } => {
            let otherwise = otherwise.as_ref().map_or(String::new(), |id| format!(" {}", of(id)));
            format!("(if {} {}{otherwise})", of(condition), of(then))
        }
        Expr::Comprehension { body, variables, over, condition } => {
            let condition = condition.as_ref().map_or(String::new(), |id| format!(" if {}", of(id)));
            format!("(for {} {} {}{condition})", joined(variables, |name| name.to_string()), of(over), of(body))
        }
        Expr::Where { body, bindings } => {
            format!("(where {} {})", of(body), joined(bindings, |(name, _, value)| format!("{name}={}", of(value))))
        }
        Expr::Derivative { names, body } => {
            format!("(d {} {})", joined(names, |name| name.0.to_string()), of(body))
        }
        Expr::Nabla(function) => format!("(nabla {})", of(function)),
        Expr::NoGrad(body) => format!("(no_grad {})", of(body)),
        Expr::Differential { above, below, derivative } => format!("(or {above}/{below} {})", of(derivative)),
    }
}

fn joined<T>(items: &[T], text: impl FnMut(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(" ")
}

fn block(tree: &Tree, statements: &[Stmt]) -> String {
    format!("{{{}}}", joined(statements, |one| stmt(tree, one)))
}

fn params(tree: &Tree, params: &[Param]) -> String {
    joined(params, |param| match param.default {
        Some(default) => format!("{}={}", param.name, expr(tree, default)),
        None => param.name.to_string(),
    })
}

fn arg(tree: &Tree, arg: &Arg) -> String {
    let name = arg.name.map_or(String::new(), |(name, _)| format!("{name}="));
    format!("{name}{}", expr(tree, arg.value))
}

fn subscript(tree: &Tree, subscript: &Subscript) -> String {
    let part = |id: &Option<ExprId>| id.map_or(String::new(), |id| expr(tree, id));
    match subscript {
        Subscript::At(id) => expr(tree, *id),
        Subscript::Slice { start, stop, step } => {
            let step = step.map_or(String::new(), |id| format!(":{}", expr(tree, id)));
            format!("{}:{}{step}", part(start), part(stop))
        }
    }
}

fn clauses(tree: &Tree, at: &At) -> String {
    let mut text = String::new();
    for point in &at.points {
        text += &format!(" {}{}{}", point.name, if point.many { "∈" } else { "=" }, expr(tree, point.value));
    }
    if !at.wrt.is_empty() {
        text += &format!(" wrt {}", joined(&at.wrt, |name| name.0.to_string()));
    }
    if let Some((order, _)) = at.order {
        text += &format!(" order {order}");
    }
    text
}

fn unary(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Neg => "-",
        UnaryOp::Plus => "+",
        UnaryOp::Sqrt => "√",
        UnaryOp::Not => "not",
    }
}

fn binary(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Mod => "%",
        BinaryOp::MatMul => "@",
        BinaryOp::Dot => "·",
        BinaryOp::Cross => "×",
        BinaryOp::Pow => "^",
        BinaryOp::PlusMinus => "±",
        BinaryOp::And => "and",
        BinaryOp::Or => "or",
    }
}

fn compare(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Less => "<",
        CompareOp::LessEqual => "<=",
        CompareOp::Greater => ">",
        CompareOp::GreaterEqual => ">=",
        CompareOp::Equal => "==",
        CompareOp::NotEqual => "!=",
    }
}
