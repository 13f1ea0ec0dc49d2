//! The features, one file each, and what joins them to a bot. Owns nothing.

mod access;
pub(crate) mod book;
pub(crate) mod broadcast;
mod code;
pub(crate) mod compare;
mod dead;
mod drawing;
mod echo;
pub(crate) mod fetch;
mod files;
mod help;
pub(crate) mod image;
pub(crate) mod link;
pub(crate) mod owner;
mod ping;
pub(crate) mod remind;
pub(crate) mod report;
mod roll;
pub(crate) mod simulate;
mod start;
mod status;
mod text;
pub(crate) mod web;

pub(crate) use self::status::free_bytes;
pub(crate) use self::text::Guess;

use duologue::App;

/// Adds every feature, in the order in which help lists them.
///
/// # Errors
///
/// With what is wrong in the features' sections of the configuration.
pub(crate) fn add(app: App) -> duologue::Result<App> {
    let web = web::Web::new(&app).map_err(duologue::Error::Config)?;
    let report = report::ReportSettings::new(&app).map_err(duologue::Error::Config)?;
    let charts = drawing::ChartSettings::new(&app).map_err(duologue::Error::Config)?;
    let (codes, owners) = (code::Codes::default(), owner::Owners::new());
    let gate = access::Gate::new(app.config().access.clone(), owners.clone());
    let times = broadcast::Times::new(app.config().engine.executor.turn_deadline);
    let data = status::DataFolder(app.config().data.clone());
    Ok(app
        .at_start({
            let codes = codes.clone();
            move |store| codes.begin(store)
        })
        .at_start({
            let (codes, owners) = (codes.clone(), owners.clone());
            move |store| owners.begin(codes, store)
        })
        .resource(gate.clone())
        .gate(move |ctx, control| gate.clone().ask(ctx, control))
        .resource(owners)
        .resource(data)
        .resource(times)
        .resource(codes)
        .resource(web)
        .resource(charts)
        .resource(report)
        .command(start::start)
        .command(help::help)
        .command(ping::ping)
        .command(echo::echo)
        .press(echo::send_back)
        .command(roll::roll)
        .command(fetch::fetch)
        .command(report::report)
        .command(image::image)
        .press(image::edit_image)
        .command(simulate::simulate)
        .command(compare::compare)
        .command(remind::remind)
        .command(remind::reminders)
        .command(remind::timezone)
        .press(|ctx, button: remind::Snooze| remind::snooze(ctx, button))
        .press(|ctx, button: remind::Done| remind::done(ctx, button))
        .command(link::link)
        .command(link::unlink)
        .press(|ctx, button: link::Join| link::join(ctx, button))
        .press(|ctx, button: link::Unlink| link::take_away(ctx, button))
        .command(owner::owner)
        .command(owner::pause)
        .command(owner::resume)
        .command(status::status)
        .command(status::jobs)
        .command(dead::dead)
        .press(|ctx, button: dead::Again| dead::again(ctx, button))
        .press(|ctx, button: dead::Away| dead::away(ctx, button))
        .press(|ctx, button: dead::Turn| dead::turn(ctx, button))
        .command(broadcast::broadcast)
        .press(|ctx, button: broadcast::Begin| broadcast::begin(ctx, button))
        .press(|ctx, button: broadcast::Stop| broadcast::stop(ctx, button))
        .job(broadcast::JOB, broadcast::go_on)
        .job(remind::JOB, remind::ring)
        .task_commands()
        .text(text::answer))
}

#[cfg(test)]
mod tests {
    use duologue::Config;

    use super::drawing::ChartSettings;
    use super::report::ReportSettings;
    use super::web::FetchSettings;

    #[test]
    fn the_sample_has_every_setting_of_a_feature_with_its_default() {
        let sample = include_str!("../../../config/duologue.toml");
        let table: toml::Table = sample.parse().unwrap();
        let config = Config {
            features: table["features"].as_table().unwrap().clone(),
            ..Config::default()
        };
        let fetch: FetchSettings = config.feature("fetch").unwrap();
        assert_eq!(format!("{fetch:?}"), format!("{:?}", FetchSettings::default()));
        let report: ReportSettings = config.feature("report").unwrap();
        assert_eq!(format!("{report:?}"), format!("{:?}", ReportSettings::default()));
        for key in [
            "allow",
            "about",
            "files",
            "megabytes",
            "seconds",
            "sources",
            "pages",
            "theme",
        ] {
            assert!(sample.contains(&format!("{key} = ")), "the sample lacks {key}");
        }
        let charts: ChartSettings = config.feature("charts").unwrap();
        assert_eq!(format!("{charts:?}"), format!("{:?}", ChartSettings::default()));
        assert_eq!(config.features.len(), 3);
    }
}
