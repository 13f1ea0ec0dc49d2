//! The command line. Pure parsing.

use super::memory::Kind;
use super::python::Contender;

/// What the process is for.
#[derive(Debug, PartialEq)]
pub(super) enum Args {
    /// It was started as a test.
    Nothing,
    Bench(Options),
    Child(Role),
}

/// How to measure.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Options {
    /// Less often, and smaller sizes.
    pub(super) quick: bool,
    /// Measures only what has this in its name.
    only: Option<String>,
}

/// One thing that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Start,
    Calls,
    Trials,
    Crowd,
    Cancel,
    Memory,
    Python,
}

/// One process of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Measures a part; quick or not.
    Part(Part, bool),
    /// Measures the memory of so many.
    Memory(Kind, usize),
    /// Gives back what it is given, frame by frame.
    Pipe,
    /// Computes until it is killed.
    Spin,
    /// Serves files.
    Files,
    /// Does what the Python script does as well.
    Contender(Contender),
}

impl Options {
    pub(super) fn wants(&self, part: Part) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| part.name().contains(only.as_str()))
    }
}

impl Part {
    pub(super) const ALL: [Self; 7] = [
        Self::Start,
        Self::Calls,
        Self::Trials,
        Self::Crowd,
        Self::Cancel,
        Self::Memory,
        Self::Python,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Calls => "calls",
            Self::Trials => "trials",
            Self::Crowd => "crowd",
            Self::Cancel => "cancel",
            Self::Memory => "memory",
            Self::Python => "python",
        }
    }
}

impl Role {
    /// The arguments of the process.
    pub(super) fn words(self) -> Vec<String> {
        match self {
            Self::Part(part, quick) => {
                let size = if quick { "quick" } else { "whole" };
                vec!["--part".to_owned(), part.name().to_owned(), size.to_owned()]
            }
            Self::Memory(kind, count) => {
                vec!["--memory".to_owned(), kind.name().to_owned(), count.to_string()]
            }
            Self::Pipe => vec!["--pipe".to_owned()],
            Self::Spin => vec!["--spin".to_owned()],
            Self::Files => vec!["--files".to_owned()],
            Self::Contender(contender) => {
                let contender = serde_json::to_string(&contender).expect("it is plain data");
                vec!["--contender".to_owned(), contender]
            }
        }
    }
}

const USAGE: &str = "usage: cargo bench -p duologue-bench --bench tasks -- [--quick] [--only PART_OF_A_NAME]";

/// Reads the arguments without the program's name.
pub(super) fn parse(args: Vec<String>) -> Result<Args, String> {
    let mut args = args.into_iter();
    let mut options = Options::default();
    let mut bench = false;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n{USAGE}"));
        match arg.as_str() {
            "--bench" => bench = true,
            "--quick" => options.quick = true,
            "--only" => options.only = Some(value()?),
            "--part" => {
                let part = part(&value()?)?;
                return Ok(Args::Child(Role::Part(part, value()? == "quick")));
            }
            "--memory" => {
                let kind = Kind::named(&value()?)?;
                let count = value()?.parse().map_err(|_| USAGE)?;
                return Ok(Args::Child(Role::Memory(kind, count)));
            }
            "--pipe" => return Ok(Args::Child(Role::Pipe)),
            "--spin" => return Ok(Args::Child(Role::Spin)),
            "--files" => return Ok(Args::Child(Role::Files)),
            "--contender" => {
                let contender = serde_json::from_str(&value()?).map_err(|error| error.to_string())?;
                return Ok(Args::Child(Role::Contender(contender)));
            }
            // What the test runner may say to a benchmark.
            "--test" | "--nocapture" | "--quiet" => {}
            other => return Err(format!("{other} is not an argument\n{USAGE}")),
        }
    }
    if let Some(only) = &options.only
        && !Part::ALL.into_iter().any(|part| options.wants(part))
    {
        return Err(format!("no part has {only} in its name\n{USAGE}"));
    }
    Ok(if bench {
        Args::Bench(options)
    } else {
        Args::Nothing
    })
}

fn part(name: &str) -> Result<Part, String> {
    Part::ALL
        .into_iter()
        .find(|part| part.name() == name)
        .ok_or_else(|| format!("there is no part {name}"))
}

#[cfg(test)]
mod tests {
    use super::{Args, Contender, Kind, Options, Part, Role, parse};

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn nothing_is_measured_without_being_asked() {
        assert_eq!(parse(words("")), Ok(Args::Nothing));
        assert_eq!(parse(words("--quick --nocapture")), Ok(Args::Nothing));
    }

    #[test]
    fn a_part_can_be_chosen() {
        let Ok(Args::Bench(options)) = parse(words("--bench --quick --only can")) else {
            panic!("it is asked to measure");
        };
        assert!(options.quick && options.wants(Part::Cancel) && !options.wants(Part::Calls));
        assert!(parse(words("--bench --only nonsense")).is_err());
        assert!(Options::default().wants(Part::Python));
    }

    #[test]
    fn what_a_process_is_told_is_what_it_hears() {
        let contender = Contender::Trials { trials: 7 };
        for role in [
            Role::Part(Part::Crowd, true),
            Role::Memory(Kind::Waiting, 7),
            Role::Pipe,
            Role::Spin,
            Role::Files,
            Role::Contender(contender),
        ] {
            assert_eq!(parse(role.words()), Ok(Args::Child(role)));
        }
    }
}
