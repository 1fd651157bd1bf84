
import django.core.validators
import django.db.models.deletion
import phonenumber_field.modelfields
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('conference', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Province',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('kind', models.CharField(choices=[('province', 'province'), ('city', 'city')], default='province', max_length=10, verbose_name='kind')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('latitude', models.FloatField(verbose_name='latitude')),
                ('longitude', models.FloatField(verbose_name='longitude')),
            ],
            options={
                'verbose_name': 'province',
                'verbose_name_plural': 'provinces',
                'ordering': ['name', 'valid_from'],
            },
        ),
        migrations.CreateModel(
            name='BridgePoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('search_text', models.TextField(blank=True, editable=False, verbose_name='search text')),
                ('kind', models.CharField(choices=[('venue', 'hall'), ('video_room', 'VNPT meeting room'), ('ecommerce', 'e-commerce channel'), ('online', 'online, own device')], max_length=12, verbose_name='kind')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('host_name', models.CharField(blank=True, max_length=200, verbose_name='run by')),
                ('address', models.CharField(blank=True, max_length=250, verbose_name='address')),
                ('latitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name='latitude')),
                ('longitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name='longitude')),
                ('is_hub', models.BooleanField(default=False, help_text='The hall to which all other points are connected.', verbose_name='main hall')),
                ('seats', models.PositiveIntegerField(blank=True, help_text='Empty: no limit.', null=True, validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='seats')),
                ('is_open', models.BooleanField(default=True, verbose_name='takes registrations')),
                ('line_test', models.CharField(choices=[('untested', 'not tested'), ('passed', 'passed'), ('failed', 'failed')], default='untested', max_length=10, verbose_name='line test')),
                ('notes', models.TextField(blank=True, max_length=2000, verbose_name='notes for attendees')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('seats_taken', models.PositiveIntegerField(default=0, editable=False, verbose_name='seats taken')),
                ('waiting_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='on the waitlist')),
                ('queue_tail', models.PositiveBigIntegerField(default=0, editable=False, verbose_name='last place given')),
                ('conference', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bridge_points', to='conference.conference', verbose_name='conference')),
                ('province', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='bridges.province', verbose_name='province')),
            ],
            options={
                'verbose_name': 'bridge point',
                'verbose_name_plural': 'bridge points',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('web_url', models.URLField(blank=True, help_text='Where the join button leads.', max_length=500, validators=[django.core.validators.URLValidator(schemes=['https', 'http'])], verbose_name='web link')),
                ('meeting_id', models.CharField(blank=True, max_length=100, verbose_name='meeting ID')),
                ('password', models.CharField(blank=True, max_length=100, verbose_name='password')),
                ('server', models.CharField(blank=True, max_length=200, verbose_name='server')),
                ('account', models.CharField(blank=True, max_length=100, verbose_name='account')),
                ('sip_address', models.CharField(blank=True, max_length=200, verbose_name='SIP or H.323 address')),
                ('dial_in', models.CharField(blank=True, max_length=200, verbose_name='phone dial-in')),
                ('instructions', models.TextField(blank=True, max_length=2000, verbose_name='how to connect')),
                ('technician_name', models.CharField(blank=True, max_length=150, verbose_name='technical contact')),
                ('technician_phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='technical contact’s phone')),
                ('technician_email', models.EmailField(blank=True, max_length=254, verbose_name='technical contact’s e-mail')),
                ('bridge_point', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='connection', to='bridges.bridgepoint', verbose_name='bridge point')),
            ],
            options={
                'verbose_name': 'connection details',
                'verbose_name_plural': 'connection details',
            },
        ),
        migrations.CreateModel(
            name='HistoricalConnection',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('web_url', models.URLField(blank=True, help_text='Where the join button leads.', max_length=500, validators=[django.core.validators.URLValidator(schemes=['https', 'http'])], verbose_name='web link')),
                ('meeting_id', models.CharField(blank=True, max_length=100, verbose_name='meeting ID')),
                ('password', models.CharField(blank=True, max_length=100, verbose_name='password')),
                ('server', models.CharField(blank=True, max_length=200, verbose_name='server')),
                ('account', models.CharField(blank=True, max_length=100, verbose_name='account')),
                ('sip_address', models.CharField(blank=True, max_length=200, verbose_name='SIP or H.323 address')),
                ('dial_in', models.CharField(blank=True, max_length=200, verbose_name='phone dial-in')),
                ('instructions', models.TextField(blank=True, max_length=2000, verbose_name='how to connect')),
                ('technician_name', models.CharField(blank=True, max_length=150, verbose_name='technical contact')),
                ('technician_phone', phonenumber_field.modelfields.PhoneNumberField(blank=True, max_length=128, region=None, verbose_name='technical contact’s phone')),
                ('technician_email', models.EmailField(blank=True, max_length=254, verbose_name='technical contact’s e-mail')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('bridge_point', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='bridges.bridgepoint', verbose_name='bridge point')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical connection details',
                'verbose_name_plural': 'historical connection details',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalBridgePoint',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('venue', 'hall'), ('video_room', 'VNPT meeting room'), ('ecommerce', 'e-commerce channel'), ('online', 'online, own device')], max_length=12, verbose_name='kind')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('host_name', models.CharField(blank=True, max_length=200, verbose_name='run by')),
                ('address', models.CharField(blank=True, max_length=250, verbose_name='address')),
                ('latitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-90), django.core.validators.MaxValueValidator(90)], verbose_name='latitude')),
                ('longitude', models.FloatField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(-180), django.core.validators.MaxValueValidator(180)], verbose_name='longitude')),
                ('is_hub', models.BooleanField(default=False, help_text='The hall to which all other points are connected.', verbose_name='main hall')),
                ('seats', models.PositiveIntegerField(blank=True, help_text='Empty: no limit.', null=True, validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='seats')),
                ('is_open', models.BooleanField(default=True, verbose_name='takes registrations')),
                ('line_test', models.CharField(choices=[('untested', 'not tested'), ('passed', 'passed'), ('failed', 'failed')], default='untested', max_length=10, verbose_name='line test')),
                ('notes', models.TextField(blank=True, max_length=2000, verbose_name='notes for attendees')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='order')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('conference', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conference.conference', verbose_name='conference')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('province', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='bridges.province', verbose_name='province')),
            ],
            options={
                'verbose_name': 'historical bridge point',
                'verbose_name_plural': 'historical bridge points',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Coordinator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bridge_point', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='coordinators', to='bridges.bridgepoint', verbose_name='bridge point')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='coordinated', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'coordinator',
                'verbose_name_plural': 'coordinators',
                'constraints': [models.UniqueConstraint(fields=('bridge_point', 'user'), name='coordinator_once', violation_error_message='This person is a coordinator of this point already.')],
            },
        ),
        migrations.AddIndex(
            model_name='bridgepoint',
            index=models.Index(fields=['conference', 'position', 'id'], name='bridge_point_listed'),
        ),
        migrations.AddConstraint(
            model_name='bridgepoint',
            constraint=models.UniqueConstraint(condition=models.Q(('is_hub', True)), fields=('conference',), name='bridge_point_one_hub', violation_error_message='This conference has a main hall already.'),
        ),
    ]
